import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { withExamples } from "../examples.ts";

/** Adds `leave`. @see https://developer.hashicorp.com/consul/commands/leave */
export function addLeaveCommand(program: Command, context: Context): void {
  const command = withAgentFlags(program.command("leave"))
    .description("take the agent's node out of the catalog with all that is on it, and end the agent")
    .action((flags: AgentFlags) => leave(flags, context));
  withExamples(command, ["causeway leave", "causeway leave -http-addr=unix:///run/causeway/agent.sock"]);
}

async function leave(flags: AgentFlags, context: Context): Promise<void> {
  await during("Error leaving", agentOf(flags, context).json("PUT", "/v1/agent/leave"));
  context.out("Graceful leave complete");
}
