import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { formatTable } from "../table.ts";
import { dataArgument } from "./kv-arguments.ts";

type StringMap = Readonly<Record<string, string>> | null;

/** A node, or an instance with what is known of its node. */
type Node = {
  readonly Node: string;
  readonly ID: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly TaggedAddresses: StringMap;
  readonly Meta?: StringMap;
  readonly NodeMeta?: StringMap;
};

type NodeFlags = AgentFlags & {
  readonly detailed?: boolean;
  readonly near?: string;
  readonly service?: string;
  readonly nodeMeta?: string[];
  readonly filter?: string;
  readonly format: string;
};

/** Adds `catalog nodes`. @see https://developer.hashicorp.com/consul/commands/catalog/nodes */
export function addCatalogNodes(catalog: Command, context: Context): void {
  withAgentFlags(catalog.command("nodes"))
    .description("list nodes")
    .option("--detailed", "print whole IDs, tagged addresses and meta data")
    .option("--service <name>", "only nodes with an instance of this service")
    .option("--node-meta <key=value>", "only nodes with this meta data; may be given several times", collect)
    .option("--filter <expression>", 'only those for which this is true; "@file" and "-" are read')
    .option("--near <node>", "accepted; without network coordinates nodes come in the order of their names")
    .option("--format <format>", "table or json", "table")
    .action((flags: NodeFlags) => nodes(flags, context));
}

async function nodes(flags: NodeFlags, context: Context): Promise<void> {
  const [path, problem] =
    flags.service === undefined
      ? ["/v1/catalog/nodes", "Error listing nodes"]
      : [`/v1/catalog/service/${encodeURIComponent(flags.service)}`, "Error listing nodes for service"];
  const query = await queryOf(flags, context);
  const found = await during(problem, agentOf(flags, context).json<Node[]>("GET", `${path}?${query}`));
  // A service may have several instances on a node.
  const unique = [...new Map(found.map((node) => [node.Node, node])).values()];
  if (flags.format === "json") return context.out(JSON.stringify(unique, undefined, 2));
  if (unique.length === 0) return context.err("No nodes match the given query - try expanding your search.");
  const [heading, row] = flags.detailed === true ? [DETAILED, detailedRow] : [STANDARD, standardRow];
  context.out(formatTable([heading, ...unique.map(row)]));
}

async function queryOf({ nodeMeta, near, filter }: NodeFlags, context: Context): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(pairs(nodeMeta))) query.append("node-meta", `${key}:${value}`);
  if (near !== undefined) query.set("near", near);
  if (filter !== undefined) query.set("filter", String(await dataArgument(filter, context)));
  return query;
}

const STANDARD = ["Node", "ID", "Address", "DC"];

function standardRow({ Node, ID, Address, Datacenter }: Node): readonly string[] {
  return [Node, ID.slice(0, 8), Address, Datacenter];
}

const DETAILED = [...STANDARD, "TaggedAddresses", "Meta"];

function detailedRow({ Node, ID, Address, Datacenter, TaggedAddresses, Meta, NodeMeta }: Node): readonly string[] {
  return [Node, ID, Address, Datacenter, listed(TaggedAddresses), listed(NodeMeta ?? Meta ?? null)];
}

function listed(map: StringMap): string {
  const entries = Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
  return entries.sort().join(", ");
}
