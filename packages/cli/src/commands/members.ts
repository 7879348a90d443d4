import { isIPv6 } from "node:net";
import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { formatTable } from "../table.ts";

/** A machine, or a datacenter's server, as the agent tells of it. */
type Member = {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Tags: Readonly<Record<string, string>>;
  readonly Status: number;
  readonly ProtocolCur: number;
};

type MembersFlags = AgentFlags & {
  readonly detailed?: boolean;
  readonly wan?: boolean;
  readonly segment: string;
  readonly status: string;
};

/** Serf's words for the numbers of a status. */
const STATUSES = ["none", "alive", "leaving", "left", "failed"];

/** The status of a command that found nobody, as in Consul. */
const NOBODY = 2;

const ALL_SEGMENTS = "_all";

/** Adds `members`. @see https://developer.hashicorp.com/consul/commands/members */
export function addMembersCommand(program: Command, context: Context): void {
  const command = withAgentFlags(program.command("members"))
    .description(
      "list who takes part: this agent, or the servers of all datacenters; exit status 2 when nobody matches",
    )
    .option("--detailed", "print the tags of each")
    .option("--segment <name>", "only those of this network segment; there is but one", ALL_SEGMENTS)
    .option("--status <expression>", "only those whose status matches this regular expression", ".*")
    .option("--wan", "the servers of all datacenters")
    .action((flags: MembersFlags) => members(flags, context));
  withExamples(command, [
    "causeway members",
    "causeway members -wan -detailed",
    "causeway members -status 'left|failed'",
  ]);
}

async function members(flags: MembersFlags, context: Context): Promise<void> {
  const wanted = statusPattern(flags.status);
  // With -wan, "all of them" is what the agent gives without being asked.
  const all = flags.wan === true && flags.segment === ALL_SEGMENTS;
  const query = new URLSearchParams({
    ...(flags.wan === true ? { wan: "1" } : {}),
    ...(all ? {} : { segment: flags.segment }),
  });
  const answer = agentOf(flags, context).json<Member[]>("GET", `/v1/agent/members?${query}`);
  const found = (await during("Error retrieving members", answer)).filter((member) => wanted.test(statusOf(member)));
  if (found.length === 0) throw new CommandError("", NOBODY);
  const sorted = found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const [heading, row] = flags.detailed === true ? [DETAILED, detailedRow] : [STANDARD, standardRow];
  context.out(formatTable([heading, ...sorted.map(row)]));
}

function statusPattern(expression: string): RegExp {
  try {
    return new RegExp(expression);
  } catch (cause) {
    throw new CommandError(`Failed to compile status regexp: ${(cause as Error).message}`, 1, { cause });
  }
}

/** Servers come first, then segments and names decide. */
function rank({ Name, Tags }: Member): string {
  return JSON.stringify([Tags["role"] === "consul" ? 0 : 1, Tags["segment"] ?? "", Name]);
}

const STANDARD = ["Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Segment"];

function standardRow(member: Member): readonly string[] {
  const { Tags, ProtocolCur } = member;
  const start = [member.Name, addressOf(member), statusOf(member)];
  const type = { consul: "server", node: "client" }[Tags["role"] ?? ""];
  if (type === undefined) return [...start, "unknown"];
  const build = (Tags["build"] ?? "").split(":")[0] || "< 0.3";
  const segment = type === "server" ? "<all>" : Tags["segment"] || "<default>";
  return [...start, type, build, Tags["vsn"] ?? String(ProtocolCur), Tags["dc"] ?? "", segment];
}

const DETAILED = ["Node", "Address", "Status", "Tags"];

function detailedRow(member: Member): readonly string[] {
  const tags = Object.entries(member.Tags).map(([key, value]) => `${key}=${value}`);
  return [member.Name, addressOf(member), statusOf(member), tags.sort().join(",")];
}

function addressOf({ Addr, Port }: Member): string {
  return `${isIPv6(Addr) ? `[${Addr}]` : Addr}:${Port}`;
}

function statusOf({ Status }: Member): string {
  return STATUSES[Status] ?? `unknown (${Status})`;
}
