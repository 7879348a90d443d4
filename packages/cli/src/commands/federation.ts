import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { type FederationState, federationRows } from "../federation-table.ts";
import { formatTable } from "../table.ts";

type ListFlags = AgentFlags & { readonly format: string };

/** Adds `federation list|read`: which datacenters there are, and how each is reached. Not Consul's. */
export function addFederationCommands(program: Command, context: Context): void {
  const federation = program.command("federation").description("show the datacenters and how they are reached");
  withExamples(federation, [
    "causeway federation list",
    "causeway federation list -format=json",
    "causeway federation read dc2",
  ]);
  withAgentFlags(federation.command("list"))
    .description("list the datacenters with their mesh gateways, and whether there is a path to them")
    .option("--format <format>", "table or json", "table")
    .action((flags: ListFlags) => list(flags, context));
  withAgentFlags(federation.command("read <datacenter>"))
    .description("print all that a datacenter has published of how it is reached, as JSON")
    .action((datacenter: string, flags: AgentFlags) => read(datacenter, flags, context));
}

async function list(flags: ListFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const answer = agent.json<FederationState[] | null>("GET", "/v1/internal/federation-states");
  const states = (await during("Error listing federation states", answer)) ?? [];
  if (flags.format === "json") return context.out(JSON.stringify(states, undefined, 2));
  if (states.length === 0) {
    return context.err("No datacenter has published how it is reached: is the service `federation` running?");
  }
  type Self = { readonly Config: { readonly Datacenter: string; readonly PrimaryDatacenter?: string } };
  const { Config } = await agent.json<Self>("GET", "/v1/agent/self");
  const surroundings = {
    ownDatacenter: Config.Datacenter,
    primaryDatacenter: Config.PrimaryDatacenter ?? Config.Datacenter,
    reachable: await reachableAmong(states, flags, context),
    nowMs: Date.now(),
  };
  context.out(formatTable(federationRows(states, surroundings)));
}

/** The datacenters that answer when they are asked. */
async function reachableAmong(
  states: readonly FederationState[],
  flags: AgentFlags,
  context: Context,
): Promise<ReadonlySet<string>> {
  const asked = states.map(async ({ Datacenter: datacenter }) => {
    const { status } = await agentOf({ ...flags, datacenter }, context).ask("GET", "/v1/catalog/service/consul");
    return status < 500 ? [datacenter] : [];
  });
  return new Set((await Promise.all(asked)).flat());
}

async function read(datacenter: string, flags: AgentFlags, context: Context): Promise<void> {
  const path = `/v1/internal/federation-state/${encodeURIComponent(datacenter)}`;
  const { status, text } = await agentOf(flags, context).ask("GET", path);
  if (status === 404)
    throw new CommandError(`Datacenter "${datacenter}" has published nothing: see "causeway federation list"`);
  if (status >= 300) {
    throw new CommandError(
      `Error reading federation state ${datacenter}: Unexpected response code: ${status} (${text.trim()})`,
    );
  }
  const { State } = JSON.parse(text) as { readonly State: unknown };
  context.out(JSON.stringify(State, undefined, 4));
}
