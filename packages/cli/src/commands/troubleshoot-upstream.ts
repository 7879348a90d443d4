import { type Command, Option } from "commander";
import type { AgentClient } from "../agent-client.ts";
import { connectionOf } from "../connection.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { attempt } from "../diagnosis/attempt.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import type { Facts } from "../diagnosis/facts.ts";
import { gather, type Progress, type Question } from "../diagnosis/gather.ts";
import { isHere } from "../diagnosis/here.ts";
import { printedSteps, reportOf } from "../diagnosis/print.ts";
import { slowly } from "../diagnosis/progress.ts";
import { Reader } from "../diagnosis/reader.ts";
import { EXIT, resultOf } from "../diagnosis/step.ts";
import { CommandError, during } from "../errors.ts";
import { outputFormat } from "../output-format.ts";

type Flags = AgentFlags & {
  readonly service?: string;
  readonly sidecar?: string;
  readonly destination?: string;
  readonly connect: boolean;
  readonly timeout: string;
  readonly format: string;
  readonly json?: boolean;
  readonly envoyAdminEndpoint?: string;
  readonly upstreamIp?: string;
  readonly upstreamEnvoyId?: string;
};

/** Flags of Consul's command that name what there is not here. */
const ABSENT = {
  envoyAdminEndpoint: ["-envoy-admin-endpoint", "there is no Envoy: name the sidecar by -service or -sidecar"],
  upstreamIp: [
    "-upstream-ip",
    "upstreams have local ports, and no virtual addresses: name the service by -destination",
  ],
  upstreamEnvoyId: ["-upstream-envoy-id", "there is no Envoy: name the service by -destination"],
} as const;

/** Adds `troubleshoot upstream`: every step between a service and what it calls, and what to do about the first that fails. */
export function addTroubleshootUpstreamCommand(troubleshoot: Command, context: Context): void {
  const command = troubleshoot.command("upstream").aliases(["upstreams", "proxy"]);
  withAgentFlags(command, ["datacenter"])
    .description("look at every step between a service and what it calls: 0 none failed, 1 one failed, 2 cannot tell")
    .option("--service <name>", "the service that calls")
    .option("--sidecar <id>", "ID of its sidecar, or of the instance that this stands beside, where there are several")
    .option("--destination <name>", "the service that is called")
    .option("--datacenter <name>", "where that is; what the upstream says when absent")
    .option("--no-connect", "make no connection: look only at what is registered and at what proxies tell")
    .option("--timeout <seconds>", "how long a connection is watched", "3")
    .option("--json", "the same as -format=json")
    .addOption(outputFormat())
    .addOption(new Option("--envoy-admin-endpoint <address>").hideHelp())
    .addOption(new Option("--upstream-ip <address>").hideHelp())
    .addOption(new Option("--upstream-envoy-id <id>").hideHelp())
    // A flag that is not known must not look like a step that failed.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommandError("", EXIT.cannotTell);
    })
    .action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: Context): Promise<void> {
  // The datacenter is that of the destination; who calls is asked about here.
  const { datacenter: _, ...here } = flags;
  const agent = agentOf(here, context);
  const facts = await during("Error looking into the mesh", factsOf(agent, flags, context), EXIT.cannotTell);
  const steps = diagnose(facts);
  if (flags.json === true || flags.format === "json") {
    const { source: Source, destination: Destination, place, datacenter, ownDatacenter } = facts;
    const Datacenter = place?.leading.datacenter ?? datacenter ?? ownDatacenter;
    context.out(JSON.stringify(reportOf(steps, { Source, Destination, Datacenter }), undefined, 2));
  } else {
    for (const line of printedSteps(steps)) context.out(line);
  }
  const result = resultOf(steps);
  if (result !== "ok") throw new CommandError("", result === "failed" ? EXIT.failed : EXIT.cannotTell);
}

async function factsOf(agent: AgentClient, flags: Flags, context: Context): Promise<Facts> {
  const question = await questionOf(agent, flags);
  const timeoutMs = Number(flags.timeout) * 1_000;
  if (!(timeoutMs > 0)) throw new CommandError(`-timeout must be a number of seconds, not "${flags.timeout}"`);
  using progress = slowly(context);
  const reader = new Reader(agent);
  const facts = await gather(reader, question, progress.tell);
  const made = await connection(reader, facts, { flags, context, timeoutMs, progress: progress.tell });
  return { ...facts, attempt: made, nowMs: Date.now() };
}

type Connecting = {
  readonly flags: Flags;
  readonly context: Context;
  readonly timeoutMs: number;
  readonly progress: Progress;
};

async function connection(
  reader: Reader,
  facts: Omit<Facts, "attempt" | "nowMs">,
  { flags, context, timeoutMs, progress }: Connecting,
): Promise<Facts["attempt"]> {
  if (!flags.connect) return { kind: "not made", why: "-no-connect was given" };
  progress("a connection");
  return attempt(reader, facts, { here: await isHere(connectionOf(flags, context.env)), timeoutMs });
}

async function questionOf(agent: AgentClient, flags: Flags): Promise<Question> {
  for (const [flag, [name, instead]] of Object.entries(ABSENT)) {
    if (flags[flag as keyof typeof ABSENT] !== undefined)
      throw new CommandError(`${name} is not applicable: ${instead}`);
  }
  const { service, sidecar, destination, datacenter } = flags;
  if (service === undefined && sidecar === undefined) throw new CommandError("who calls? Give -service or -sidecar");
  const source = service ?? (await callerOf(agent, sidecar ?? ""));
  if (destination === undefined) throw new CommandError(`what does ${source} call? Give -destination`);
  return { source, sidecar, destination, datacenter };
}

/** The service that a sidecar of this agent, or an instance beside one, stands for. */
async function callerOf(agent: AgentClient, id: string): Promise<string> {
  type Local = {
    readonly ID: string;
    readonly Service: string;
    readonly Proxy?: { readonly DestinationServiceName?: string };
  };
  const found = (await agent.services()).find(({ ID }) => ID === id) as Local | undefined;
  if (found !== undefined) return found.Proxy?.DestinationServiceName || found.Service;
  throw new CommandError(`no service with the ID "${id}" is registered with this agent: give -service as well`);
}
