import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { addCatalogNodes } from "./catalog-nodes.ts";
import { addCatalogServices } from "./catalog-services.ts";

/** Adds `catalog datacenters|nodes|services`. @see https://developer.hashicorp.com/consul/commands/catalog */
export function addCatalogCommands(program: Command, context: Context): void {
  const catalog = program.command("catalog").description("list what is registered");
  withExamples(catalog, [
    "causeway catalog datacenters",
    "causeway catalog nodes -service=billing",
    "causeway catalog nodes -detailed -node-meta rack=7",
    "causeway catalog services -tags",
    "causeway catalog services -node=worker-1",
  ]);
  withAgentFlags(catalog.command("datacenters"))
    .description("list datacenters, the agent's own first")
    .action((flags: AgentFlags) => datacenters(flags, context));
  addCatalogNodes(catalog, context);
  addCatalogServices(catalog, context);
}

async function datacenters(flags: AgentFlags, context: Context): Promise<void> {
  const names = agentOf(flags, context).json<string[]>("GET", "/v1/catalog/datacenters");
  for (const name of await during("Error listing datacenters", names)) context.out(name);
}
