import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";

type Flags = AgentFlags & { readonly prune?: boolean };

/** Adds `force-leave`. @see https://developer.hashicorp.com/consul/commands/force-leave */
export function addForceLeaveCommand(program: Command, context: Context): void {
  const command = withAgentFlags(program.command("force-leave"))
    .description("take a node whose agent has failed out of the catalog; one that is alive stays")
    .argument("[node...]", "its name")
    .option("--prune", "forget it altogether, so that `members` does not list it as one that has left")
    .action((nodes: readonly string[], flags: Flags) => forceLeave(nodes, flags, context));
  withExamples(command, ["causeway force-leave web-7", "causeway force-leave -prune web-7"]);
}

async function forceLeave([node, ...more]: readonly string[], flags: Flags, context: Context): Promise<void> {
  if (node === undefined || more.length > 0) {
    throw new CommandError("A single node name must be specified to force leave.");
  }
  const path = `/v1/agent/force-leave/${encodeURIComponent(node)}${flags.prune === true ? "?prune=1" : ""}`;
  await during("Error force leaving", agentOf(flags, context).json("PUT", path));
}
