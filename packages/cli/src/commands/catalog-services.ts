import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { formatTable } from "../table.ts";

type ServiceFlags = AgentFlags & { readonly node?: string; readonly nodeMeta?: string[]; readonly tags?: boolean };

/** The tags of each service. */
type TagsByName = Readonly<Record<string, readonly string[]>>;

/** How many blanks Consul leaves before the tags. */
const GAP = 6;

/** Adds `catalog services`. @see https://developer.hashicorp.com/consul/commands/catalog/services */
export function addCatalogServices(catalog: Command, context: Context): void {
  withAgentFlags(catalog.command("services"))
    .description("list the names of services")
    .option("--node <name>", "only services on this node")
    .option(
      "--node-meta <key=value>",
      "only services on nodes with this meta data; may be given several times",
      collect,
    )
    .option("--tags", "show the tags of each service")
    .action((flags: ServiceFlags) => services(flags, context));
}

async function services(flags: ServiceFlags, context: Context): Promise<void> {
  const tagsByName = await tagsOf(flags, context);
  const names = Object.keys(tagsByName).sort();
  if (names.length === 0) return context.err("No services match the given query - try expanding your search.");
  if (flags.tags !== true) return context.out(names.join("\n"));
  const rows = names.map((name) => [name, [...(tagsByName[name] ?? [])].sort().join(",")]);
  context.out(formatTable(rows, GAP));
}

async function tagsOf(flags: ServiceFlags, context: Context): Promise<TagsByName> {
  const agent = agentOf(flags, context);
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(pairs(flags.nodeMeta))) query.append("node-meta", `${key}:${value}`);
  if (flags.node === undefined) {
    return await during("Error listing services", agent.json<TagsByName>("GET", `/v1/catalog/services?${query}`));
  }
  type OnNode = { readonly Services: Record<string, { readonly Service: string; readonly Tags: string[] }> } | null;
  const path = `/v1/catalog/node/${encodeURIComponent(flags.node)}?${query}`;
  const onNode = await during("Error listing services for node", agent.json<OnNode>("GET", path));
  const tags: Record<string, string[]> = {};
  for (const { Service, Tags } of Object.values(onNode?.Services ?? {}))
    tags[Service] = [...(tags[Service] ?? []), ...Tags];
  return tags;
}
