import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { formatTable } from "../table.ts";

type Node = { readonly Node: string; readonly ID: string; readonly Address: string; readonly Datacenter: string };
type NodeFlags = AgentFlags & {
  readonly service?: string;
  readonly nodeMeta?: string[];
  readonly filter?: string;
  readonly format: string;
};
type ServiceFlags = AgentFlags & { readonly node?: string; readonly nodeMeta?: string[]; readonly tags?: boolean };

/** Adds `catalog nodes|services|datacenters`. @see https://developer.hashicorp.com/consul/commands/catalog */
export function addCatalogCommands(program: Command, context: Context): void {
  const catalog = program.command("catalog").description("list what is registered");
  catalog.addHelpText(
    "after",
    "\nExamples:\n  causeway catalog nodes -service billing\n  causeway catalog services -tags",
  );

  withAgentFlags(catalog.command("nodes"))
    .description("list nodes")
    .option("--service <name>", "only nodes with an instance of this service")
    .option("--node-meta <key=value>", "only nodes with this meta data; may be given several times", collect)
    .option("--filter <expression>", "only nodes for which this filter expression is true")
    .option("--format <format>", "table or json", "table")
    .action((flags: NodeFlags) => nodes(flags, context));
  withAgentFlags(catalog.command("services"))
    .description("list the names of services")
    .option("--node <name>", "only services on this node")
    .option("--node-meta <key=value>", "only services on nodes with this meta data", collect)
    .option("--tags", "show the tags of each service")
    .action((flags: ServiceFlags) => services(flags, context));
  withAgentFlags(catalog.command("datacenters"))
    .description("list datacenters")
    .action(async (flags: AgentFlags) => {
      for (const name of await agentOf(flags, context).json<string[]>("GET", "/v1/catalog/datacenters"))
        context.out(name);
    });
}

async function nodes(flags: NodeFlags, context: Context): Promise<void> {
  const path =
    flags.service === undefined ? "/v1/catalog/nodes" : `/v1/catalog/service/${encodeURIComponent(flags.service)}`;
  const found = await agentOf(flags, context).json<Node[]>("GET", `${path}${filters(flags.nodeMeta, flags.filter)}`);
  const unique = [...new Map(found.map((node) => [node.Node, node])).values()];
  if (flags.format === "json") return context.out(JSON.stringify(unique, undefined, 2));
  if (unique.length === 0) return context.out("No nodes match the given query - try expanding your search.");
  const rows = unique.map(({ Node, ID, Address, Datacenter }) => [Node, ID.slice(0, 8), Address, Datacenter]);
  context.out(formatTable([["Node", "ID", "Address", "DC"], ...rows]));
}

async function services(flags: ServiceFlags, context: Context): Promise<void> {
  const tagsByName = await tagsOf(flags, context);
  const names = Object.keys(tagsByName).sort();
  if (names.length === 0) return context.out("No services match the given query - try expanding your search.");
  if (flags.tags !== true) return context.out(names.join("\n"));
  context.out(formatTable(names.map((name) => [name, [...(tagsByName[name] ?? [])].sort().join(",")])));
}

async function tagsOf(flags: ServiceFlags, context: Context): Promise<Record<string, string[]>> {
  const agent = agentOf(flags, context);
  if (flags.node === undefined) return agent.json("GET", `/v1/catalog/services${filters(flags.nodeMeta, undefined)}`);
  type OnNode = { readonly Services: Record<string, { readonly Service: string; readonly Tags: string[] }> } | null;
  const onNode = await agent.json<OnNode>("GET", `/v1/catalog/node/${encodeURIComponent(flags.node)}`);
  const tags: Record<string, string[]> = {};
  for (const { Service, Tags } of Object.values(onNode?.Services ?? {}))
    tags[Service] = [...(tags[Service] ?? []), ...Tags];
  return tags;
}

function filters(nodeMeta: readonly string[] | undefined, filter: string | undefined): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(pairs(nodeMeta))) query.append("node-meta", `${key}:${value}`);
  if (filter !== undefined) query.set("filter", filter);
  return query.size === 0 ? "" : `?${query}`;
}
