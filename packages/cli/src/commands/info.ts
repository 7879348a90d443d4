import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { withExamples } from "../examples.ts";

type Self = { readonly Stats?: Readonly<Record<string, Readonly<Record<string, string>>>> };

/** Adds `info`. @see https://developer.hashicorp.com/consul/commands/info */
export function addInfoCommand(program: Command, context: Context): void {
  const command = withAgentFlags(program.command("info"))
    .description("print what the agent counts, for whoever looks for a fault")
    .action((flags: AgentFlags) => info(flags, context));
  withExamples(command, ["causeway info", "causeway info -http-addr https://agent.example.com:8501 -ca-file ca.pem"]);
}

async function info(flags: AgentFlags, context: Context): Promise<void> {
  const self = agentOf(flags, context).json<Self>("GET", "/v1/agent/self");
  const { Stats = {} } = await during("Error querying agent", self);
  for (const [name, facts] of sorted(Stats)) {
    context.out(`${name}:`);
    for (const [fact, value] of sorted(facts)) context.out(`\t${fact} = ${value}`);
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
