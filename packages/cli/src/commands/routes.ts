import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import type { Instance, RoutesPage } from "../diagnosis/facts.ts";
import { findProxies } from "../diagnosis/find-proxies.ts";
import { nameOf } from "../diagnosis/instances.ts";
import { Reader } from "../diagnosis/reader.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { outputFormat } from "../output-format.ts";
import { routeRows, troubleLines } from "../routes-table.ts";
import { formatTable } from "../table.ts";

type Flags = AgentFlags & { readonly format: string; readonly json?: boolean };

/** Adds `routes`: the table that a running gateway or sidecar serves connections by. Not Consul's. */
export function addRoutesCommand(program: Command, context: Context): void {
  const routes = withAgentFlags(program.command("routes [proxy]"))
    .description("show what a running gateway or sidecar routes where, and what it has no route for and why")
    .option("--json", "the same as -format=json")
    .addOption(outputFormat())
    .action((proxy: string | undefined, flags: Flags) => run(proxy, flags, context));
  withExamples(routes, [
    "causeway routes                       # every proxy of this agent",
    "causeway routes us-west-gateway",
    "causeway routes web                   # the sidecar of web",
    "causeway routes gateway-dc2 -datacenter dc2 -format=json",
  ]);
}

async function run(name: string | undefined, flags: Flags, context: Context): Promise<void> {
  const { datacenter, ...here } = flags;
  const reader = new Reader(agentOf(here, context));
  const found = await during("Error finding the proxy", findProxies(reader, name, datacenter), 1);
  const pages = await Promise.all(
    found.map(async (instance) => [instance, await pageOf(reader, instance, datacenter)] as const),
  );
  if (flags.json === true || flags.format === "json") {
    const all = pages.map(([{ Service, Node }, { page, why }]) => ({
      Proxy: Service.ID,
      Node: Node.Node,
      ...(page === undefined ? { Problem: why } : { Table: page }),
    }));
    context.out(JSON.stringify(all, undefined, 2));
  } else {
    for (const [instance, { page, why }] of pages) context.out(printed(instance, page, why));
  }
  if (pages.some(([, { page }]) => page === undefined)) throw new CommandError("");
}

type Page = { readonly page: RoutesPage | undefined; readonly why: string };

async function pageOf(reader: Reader, instance: Instance, datacenter: string | undefined): Promise<Page> {
  const page = await reader.page<RoutesPage>(instance, datacenter, "debug/routes");
  if (page.kind === "unknown") return { page: undefined, why: page.why };
  return { page: page.value, why: "no process answers for it, or it has no table yet" };
}

function printed(instance: Instance, page: RoutesPage | undefined, why: string): string {
  const heading = `${nameOf(instance)}:`;
  if (page === undefined) return `${heading} ${why}`;
  const table = page.routes.length === 0 ? "there is no route" : formatTable(routeRows(page));
  return [heading, table, ...troubleLines(page), ""].join("\n");
}
