import { setTimeout as pause } from "node:timers/promises";
import type { AgentClient, Answer } from "./agent-client.ts";
import { CommandError } from "./errors.ts";
import { parseExactly } from "./exact-json.ts";
import type { WatchPlan } from "./watch-plan.ts";

/** A value and the index at which it was so. */
export type Watched = { readonly index: number; readonly value: unknown };

/** What a watch needs apart from its plan. */
export type WatchOptions = {
  readonly agent: Pick<AgentClient, "ask">;
  readonly signal: AbortSignal;
  /** Hears of each failure that is tried again. */
  readonly failed: (error: Error, againInMs: number) => void;
  /** How long it waits after a first failure, in milliseconds; each further one doubles it, up to 3 minutes. */
  readonly retryMs?: number;
};

const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 180_000;

/**
 * Follows what a plan asks for by blocking queries: gives it as it is, then whenever it has become another. Never ends by itself.
 *
 * What goes wrong before anything was read is thrown, as a CommandError; after that it is tried again.
 *
 * @throws the signal's reason, once that is aborted.
 */
export async function* watch(plan: WatchPlan, options: WatchOptions): AsyncGenerator<Watched> {
  const { signal, failed, retryMs = RETRY_MS } = options;
  let known: { readonly index: number; readonly text: string } | undefined;
  let failures = 0;
  while (true) {
    try {
      const { index, text } = await ask(plan, known?.index, options);
      failures = 0;
      const changed = text !== known?.text;
      // An index that went back counts from anew, since the state behind it does.
      known = { index: known !== undefined && index < known.index ? 0 : index, text };
      if (changed) yield { index, value: valueIn(text, plan) };
    } catch (error) {
      if (signal.aborted || known === undefined || !(error instanceof CommandError)) throw error;
      const againInMs = Math.min(retryMs * 2 ** failures, LONGEST_RETRY_MS);
      failures += 1;
      failed(error, againInMs);
      await pause(againInMs, undefined, { signal });
    }
  }
}

async function ask(
  { path, query, mayBeAbsent }: WatchPlan,
  index: number | undefined,
  { agent, signal }: WatchOptions,
): Promise<{ readonly index: number; readonly text: string }> {
  const parameters = new URLSearchParams(query.map(([name, value]) => [name, value]));
  if (index !== undefined) parameters.set("index", String(index));
  const { status, text, headers } = await agent.ask("GET", `${path}?${parameters}`, undefined, signal);
  if (status === 404 && mayBeAbsent) return { index: indexOf(headers), text: "null" };
  if (status >= 300) throw new CommandError(`Unexpected response code: ${status} (${text.trim()})`);
  return { index: indexOf(headers), text };
}

/** At least 1: of index 0 an agent would answer at once, for ever. */
function indexOf(headers: Answer["headers"]): number {
  return Math.max(1, Number(headers["x-consul-index"] ?? 1));
}

function valueIn(text: string, { single }: WatchPlan): unknown {
  const value = parseExactly(text);
  return single && Array.isArray(value) ? value[0] : value;
}
