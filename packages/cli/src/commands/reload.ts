import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";

/** Adds `reload`. @see https://developer.hashicorp.com/consul/commands/reload */
export function addReloadCommand(program: Command, context: Context): void {
  withAgentFlags(program.command("reload"))
    .description("let the agent read its definition files again; with a bad one all stays as it is")
    .addHelpText("after", "\nExamples:\n  causeway reload")
    .action((flags: AgentFlags) => reload(flags, context));
}

async function reload(flags: AgentFlags, context: Context): Promise<void> {
  await agentOf(flags, context)
    .json("PUT", "/v1/agent/reload")
    .catch((cause: Error) => {
      throw new CommandError(`Error reloading: ${cause.message}`, 1, { cause });
    });
  context.out("Configuration reload triggered");
}
