import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";

type Flags = AgentFlags & { readonly logLevel: string; readonly logJson?: boolean };

/** Adds `monitor`. @see https://developer.hashicorp.com/consul/commands/monitor */
export function addMonitorCommand(program: Command, context: Context): void {
  withAgentFlags(program.command("monitor"))
    .description("show the agent's log as it is written, at a level of one's own")
    .option("--log-level <level>", "trace, debug, info, warn or err", "info")
    .option("--log-json", "one JSON object per line")
    .addHelpText("after", "\nExamples:\n  causeway monitor\n  causeway monitor -log-level=debug -log-json")
    .action((flags: Flags) => monitor(flags, context));
}

async function monitor(flags: Flags, context: Context): Promise<void> {
  const query = new URLSearchParams({ loglevel: flags.logLevel, ...(flags.logJson === true ? { logjson: "" } : {}) });
  for await (const line of agentOf(flags, context).lines(`/v1/agent/monitor?${query}`)) context.out(line);
}
