import type { Command } from "commander";
import { colours } from "../colours.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import type { Connection, Instance } from "../diagnosis/facts.ts";
import { findProxies } from "../diagnosis/find-proxies.ts";
import { remedyOf } from "../diagnosis/hop-steps.ts";
import { nameOf } from "../diagnosis/instances.ts";
import { Reader } from "../diagnosis/reader.ts";
import { EXIT } from "../diagnosis/step.ts";
import { CommandError, during } from "../errors.ts";
import { outputFormat } from "../output-format.ts";

type Flags = AgentFlags & {
  readonly source?: string;
  readonly destination?: string;
  readonly id?: string;
  readonly limit: string;
  readonly format: string;
  readonly json?: boolean;
};

/** Adds `troubleshoot connection`: the last connections that a proxy refused or cut off, with reasons. */
export function addTroubleshootConnectionCommand(troubleshoot: Command, context: Context): void {
  withAgentFlags(troubleshoot.command("connection [proxy]"))
    .description("show what a gateway or sidecar refused lately, and why: 0 nothing, 1 something, 2 cannot tell")
    .option("--source <name>", "only connections of this service")
    .option("--destination <name>", "only connections to this service")
    .option("--id <number>", "only the connection with this number, as the proxy's log has it")
    .option("--limit <number>", "the latest so many", "10")
    .option("--json", "the same as -format=json")
    .addOption(outputFormat())
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommandError("", EXIT.cannotTell);
    })
    .action((proxy: string | undefined, flags: Flags) => run(proxy, flags, context));
}

/** A refused connection, and who refused it. */
type Refused = { readonly proxy: string; readonly kind: string | undefined; readonly record: Connection };

async function run(name: string | undefined, flags: Flags, context: Context): Promise<void> {
  const { datacenter, ...here } = flags;
  const reader = new Reader(agentOf(here, context));
  const found = await during("Error finding the proxy", findProxies(reader, name, datacenter), EXIT.cannotTell);
  const all = await Promise.all(found.map((instance) => refusedBy(reader, instance, datacenter)));
  const refused = all
    .flat()
    .filter(({ record }) => matches(record, flags))
    .sort((a, b) => (b.record.endedMs ?? 0) - (a.record.endedMs ?? 0))
    .slice(0, Number(flags.limit));
  if (flags.json === true || flags.format === "json") {
    context.out(JSON.stringify(refused.map(pascal), undefined, 2));
  } else if (refused.length === 0) {
    context.out(`${found.map(nameOf).join(", ")} refused no such connection lately.`);
  } else {
    for (const each of refused) context.out(printed(each));
  }
  if (refused.length > 0) throw new CommandError("", EXIT.failed);
}

async function refusedBy(reader: Reader, instance: Instance, dc: string | undefined): Promise<readonly Refused[]> {
  const page = await reader.page<readonly Connection[]>(instance, dc, "debug/refusals");
  if (page.kind === "unknown") throw new CommandError(`${nameOf(instance)}: ${page.why}`, EXIT.cannotTell);
  if (page.value === undefined) {
    throw new CommandError(
      `no process answers for ${nameOf(instance)}: see that it runs and reaches NATS`,
      EXIT.cannotTell,
    );
  }
  return page.value.map((record) => ({ proxy: nameOf(instance), kind: instance.Service.Kind, record }));
}

function matches({ id, source, destination }: Connection, wanted: Flags): boolean {
  const named = (name: string | undefined) => name?.split(" ")[0] === wanted.destination;
  return (
    (wanted.id === undefined || String(id) === wanted.id) &&
    (wanted.source === undefined || source === wanted.source) &&
    (wanted.destination === undefined || named(destination))
  );
}

function printed({ proxy, kind, record }: Refused): string {
  const { id, source, client, destination, serverName, outcome = "", reason = "", failedDials = [] } = record;
  const when = record.endedMs === undefined ? "" : new Date(record.endedMs).toISOString();
  const lines = [
    `${when} ${proxy}, connection ${id}: ${colours.red(outcome)}`,
    `  from   ${source ?? "whoever it was"} (${client})`,
    `  to     ${destination ?? serverName ?? "nothing that was named"}`,
    `  why    ${reason}`,
    ...failedDials
      .filter((dial) => !reason.includes(dial.reason))
      .map((dial) => `  tried  ${dial.address ?? dial.target}: ${dial.reason}`),
    `  do     ${remedyOf(record, kind)}`,
  ];
  return lines.join("\n");
}

/** A record with the names that Consul's answers have. */
function pascal({ proxy, kind, record }: Refused): Record<string, unknown> {
  const names = Object.entries(record).map(([key, value]) => [`${key[0]?.toUpperCase()}${key.slice(1)}`, value]);
  return { Proxy: proxy, ...Object.fromEntries(names), Remedy: remedyOf(record, kind) };
}
