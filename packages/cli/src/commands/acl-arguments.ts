import type { Command } from "commander";
import type { AgentClient } from "../agent-client.ts";
import { type Context, collect } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import type { NodeIdentity, ServiceIdentity } from "./acl-format.ts";
import { dataArgument } from "./kv-arguments.ts";

/** The flags that say what a role or a token grants by. */
export type GrantFlags = {
  readonly policyId?: readonly string[];
  readonly policyName?: readonly string[];
  readonly serviceIdentity?: readonly string[];
  readonly nodeIdentity?: readonly string[];
};

/** Gives a command those flags, each of which may be given several times. */
export function withGrantFlags(command: Command): Command {
  return command
    .option("--policy-id <id>", "policy, by its ID or the beginning of that", collect)
    .option("--policy-name <name>", "policy, by its name", collect)
    .option("--service-identity <name[:datacenters]>", "service, and where, separated by commas", collect)
    .option("--node-identity <name:datacenter>", "node, and where", collect);
}

/** What these flags ask for. Throws a CommandError for one that makes no sense. */
export async function grantsAsked(agent: AgentClient, flags: GrantFlags) {
  const ids = await Promise.all((flags.policyId ?? []).map((id) => fullId(agent, "policy", id)));
  return {
    Policies: [...ids.map((ID) => ({ ID })), ...(flags.policyName ?? []).map((Name) => ({ Name }))],
    ServiceIdentities: (flags.serviceIdentity ?? []).map(serviceIdentity),
    NodeIdentities: (flags.nodeIdentity ?? []).map(nodeIdentity),
  };
}

function serviceIdentity(text: string): ServiceIdentity {
  const [ServiceName = "", datacenters, ...more] = text.split(":");
  if (ServiceName === "" || more.length > 0) {
    throw new CommandError(`Malformed -service-identity argument: ${JSON.stringify(text)}`);
  }
  return datacenters === undefined ? { ServiceName } : { ServiceName, Datacenters: datacenters.split(",") };
}

function nodeIdentity(text: string): NodeIdentity {
  const [NodeName = "", Datacenter = "", ...more] = text.split(":");
  if (NodeName === "" || Datacenter === "" || more.length > 0) {
    throw new CommandError(`Malformed -node-identity argument: ${JSON.stringify(text)}`);
  }
  return { NodeName, Datacenter };
}

const LISTS = { policy: "policies", role: "roles", token: "tokens" } as const;
type Kind = keyof typeof LISTS;

/** The one ID that begins so. Throws a CommandError when there is none, or several. */
export async function fullId(agent: AgentClient, kind: Kind, beginning: string): Promise<string> {
  if (beginning.length === 36) return beginning;
  const listed = agent.json<{ ID?: string; AccessorID?: string }[]>("GET", `/v1/acl/${LISTS[kind]}`);
  const all = await during(`Error determining ${kind} ID`, listed);
  const found = all.flatMap(({ ID, AccessorID = ID ?? "" }) => (AccessorID.startsWith(beginning) ? [AccessorID] : []));
  const [only] = found;
  if (only === undefined)
    throw new CommandError(`Error determining ${kind} ID: no such ${kind} ID with prefix: ${beginning}`);
  if (found.length === 1) return only;
  throw new CommandError(
    `Error determining ${kind} ID: several ${LISTS[kind]} begin with ${beginning}: ${found.join(", ")}`,
  );
}

/** The ID that `-id` or `-name` stands for. Throws a CommandError when neither is given, or nothing has the name. */
export async function idOrName(
  agent: AgentClient,
  kind: "policy" | "role",
  { id, name }: { readonly id?: string; readonly name?: string },
): Promise<string> {
  if (id !== undefined) return fullId(agent, kind, id);
  if (name === undefined) throw new CommandError("Must specify either the -id or -name parameters");
  const found = agent.json<{ ID: string }>("GET", `/v1/acl/${kind}/name/${encodeURIComponent(name)}`);
  return (await during(`Error determining ${kind} ID`, found)).ID;
}

/** The rules that an argument stands for: "@file", "-" for standard input, or itself. */
export async function rulesArgument(given: string, context: Context): Promise<string> {
  return Buffer.from(await dataArgument(given, context)).toString();
}
