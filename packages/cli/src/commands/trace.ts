import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import type { Span } from "../traces/span.ts";
import { TRACES_PATH } from "../traces/trace-receiver.ts";
import { concerns, hasFailed, printTrace, type Trace, tracesOf } from "../traces/trace-tree.ts";

type Flags = AgentFlags & { readonly last: string; readonly failed?: boolean; readonly json?: boolean };

/** What of the agent's own description says where its spans go. */
type Self = { readonly DebugConfig: { readonly TracesEndpoint?: string } };

const PATIENCE_MS = 5_000;

/** Adds `trace`: the last traces of a mesh that `causeway dev` has brought up. Not Consul's. */
export function addTraceCommand(program: Command, context: Context): void {
  const trace = withAgentFlags(program.command("trace [id]"))
    .description(
      "show the last traces of a mesh that `causeway dev` runs: each hop of a connection, each step of a write",
    )
    .option("--last <count>", "how many, the latest at the end", "10")
    .option("--failed", "only those in which something failed")
    .option("--json", "the spans, for programs")
    .action((id: string | undefined, flags: Flags) => run(id, flags, context));
  withExamples(trace, [
    "causeway trace                 # the last ten",
    "causeway trace -failed -last 1 # the last that failed",
    "causeway trace 4bf92f35        # those whose id begins so, which each log line of a connection has, or which carried such a request",
    "causeway trace -json",
  ]);
}

async function run(id: string | undefined, flags: Flags, context: Context): Promise<void> {
  const count = Number(flags.last);
  if (!Number.isInteger(count) || count < 1) {
    throw new CommandError(`-last must be a number from 1 on, not "${flags.last}"`);
  }
  const traces = tracesOf(await keptSpans(flags, context))
    .filter((trace) => concerns(trace, id ?? ""))
    .filter((trace) => flags.failed !== true || hasFailed(trace))
    .slice(-count);
  context.out(flags.json === true ? JSON.stringify(traces, undefined, 2) : printed(traces));
}

function printed(traces: readonly Trace[]): string {
  if (traces.length === 0) return "there is no such trace yet: a connection has one when it has ended";
  return traces.map(printTrace).join("\n\n");
}

/** The spans that are kept where the agent sends its own. */
async function keptSpans(flags: AgentFlags, context: Context): Promise<readonly Span[]> {
  const self = agentOf(flags, context).json<Self>("GET", "/v1/agent/self");
  const { TracesEndpoint: endpoint } = (await during("Error asking the agent where traces go", self)).DebugConfig;
  if (endpoint === undefined) {
    throw new CommandError(
      "this agent exports no traces: run the demo (npm start), or set OTEL_EXPORTER_OTLP_ENDPOINT for every process and look there",
    );
  }
  const elsewhere = (cause: unknown) =>
    new CommandError(`the traces of this mesh are at ${endpoint}, which shows them itself`, 1, { cause });
  try {
    const response = await fetch(endpoint + TRACES_PATH, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return (await response.json()) as readonly Span[];
  } catch (cause) {
    throw elsewhere(cause);
  }
}
