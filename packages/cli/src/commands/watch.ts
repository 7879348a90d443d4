import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, collect, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { watch } from "../watch.ts";
import { type Handler, runHandler } from "../watch-handler.ts";
import { type WatchPlan, type WatchRequest, watchPlan } from "../watch-plan.ts";

type WatchFlags = AgentFlags & WatchRequest & { readonly shell: string };

/**
 * Adds `watch`.
 *
 * @param given - the command line as it was typed, since a handler's flags must reach it as they are.
 * @see https://developer.hashicorp.com/consul/commands/watch
 */
export function addWatchCommand(program: Command, context: Context, given: readonly string[]): void {
  const command = withAgentFlags(program.command("watch [handler...]"))
    .description(
      "run a command whenever something changes, with its value as JSON on standard input; without one, print the value and end",
    )
    .passThroughOptions()
    .option(
      "--type <type>",
      "what to watch: key, keyprefix, services, nodes, service, checks, event, agent_service, connect_roots, connect_leaf",
    )
    .option("--key <key>", "the key to watch")
    .option("--prefix <prefix>", "what the keys to watch begin with")
    .option("--service <name>", "the service to watch; or whose checks or leaf certificate; the ID for agent_service")
    .option("--name <name>", "only events of this name")
    .option("--tag <tag>", "only instances with this tag; may be given several times", collect)
    .option("--passingonly <true|false>", "only healthy instances")
    .option("--state <state>", "only checks in this state")
    .option("--filter <expression>", "only those for which this filter expression is true")
    .option("--shell <true|false>", "run the handler by a shell, the one in SHELL or /bin/sh", "true")
    .action((words: string[], flags: WatchFlags) =>
      run(words.length === 0 ? [] : given.slice(-words.length), flags, context),
    );
  withExamples(command, [
    "causeway watch -type=service -service=web",
    "causeway watch -type=service -service=web -passingonly=true ./reload-proxy.sh --quiet",
    "causeway watch -type=key -key=app/config 'cat > config.json && systemctl reload app'",
    "causeway watch -type=event -name=deploy ./deploy.sh",
    "causeway watch -type=checks -state=critical -shell=false /usr/bin/logger -t checks",
  ]);
}

async function run(words: readonly string[], flags: WatchFlags, context: Context): Promise<void> {
  const plan = watchPlan(flags);
  if (words.length === 0) return await print(plan, flags, context);
  if (!["true", "false"].includes(flags.shell))
    throw new CommandError(`-shell must be true or false, not "${flags.shell}"`);
  await handle(plan, { words, shell: flags.shell === "true", env: context.env }, flags, context);
}

async function print(plan: WatchPlan, flags: WatchFlags, context: Context): Promise<void> {
  const { signal } = new AbortController();
  const values = watch(plan, { agent: agentOf(flags, context), signal, failed: () => undefined });
  const { value } = await during("Error querying Consul agent", values.next());
  await values.return(undefined);
  context.out(JSON.stringify(value.value, undefined, 4));
}

/** Runs the handler at each change until it fails, or until this process is told to end, which is no failure. */
async function handle(plan: WatchPlan, handler: Handler, flags: WatchFlags, context: Context): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const failed = (error: Error, againInMs: number) =>
    context.err(`Watch of ${plan.path} failed, again in ${againInMs / 1_000} s: ${error.message}`);
  const agent = agentOf(flags, context);
  try {
    for await (const change of watch(plan, { agent, signal: stop.signal, failed })) {
      await runHandler(handler, change, stop.signal);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}
