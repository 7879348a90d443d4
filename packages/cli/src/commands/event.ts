import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";

type EventFlags = AgentFlags & {
  readonly name?: string;
  readonly node?: string;
  readonly service?: string;
  readonly tag?: string;
};

/** Adds `event`. @see https://developer.hashicorp.com/consul/commands/event */
export function addEventCommand(program: Command, context: Context): void {
  const command = withAgentFlags(program.command("event [payload...]"))
    .description("tell an event to the agents of the datacenter that run now, for whoever watches it by theirs")
    .option("--name <name>", "name of the event")
    .option("--node <expression>", "only for agents whose node's name matches this regular expression")
    .option("--service <expression>", "only for agents that have a service which matches")
    .option("--tag <expression>", "only for those where that service has a tag which matches")
    .action((payload: string[], flags: EventFlags) => fire(payload, flags, context));
  withExamples(command, [
    "causeway event -name=deploy 1.2.3",
    "causeway event -name=restart -service='^web$' -tag='^blue$'",
    "causeway watch -type=event -name=deploy ./deploy.sh     # on each machine, before",
  ]);
}

async function fire(payload: readonly string[], flags: EventFlags, context: Context): Promise<void> {
  const { name = "", node = "", service = "", tag = "" } = flags;
  if (name === "") throw new CommandError("Must specify an event name: give -name");
  if (payload.length > 1) throw new CommandError("Too many command line arguments: quote a payload with blanks in it");
  if (tag !== "" && service === "") throw new CommandError("Cannot provide tag filter without service filter");
  const filters = Object.entries({ node, service, tag }).filter(([, expression]) => expression !== "");
  const path = `/v1/event/fire/${encodeURIComponent(name)}?${new URLSearchParams(filters)}`;
  const fired = agentOf(flags, context).json<{ readonly ID: string }>("PUT", path, payload[0]);
  const { ID } = await during("Error firing event", fired);
  context.out(`Event ID: ${ID}`);
}
