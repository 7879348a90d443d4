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
  let known: Read | undefined;
  let failures = 0;
  while (true) {
    try {
      const before: Read | undefined = known;
      const read = await ask(plan, before, options);
      failures = 0;
      // An index that went back counts from anew, since the state behind it does.
      known = before !== undefined && read.index < before.index ? { ...read, index: 0 } : read;
      if (read.text !== before?.text) yield { index: read.index, value: valueIn(read.text, plan, before) };
    } catch (error) {
      if (signal.aborted || known === undefined || !(error instanceof CommandError)) throw error;
      const againInMs = Math.min(retryMs * 2 ** failures, LONGEST_RETRY_MS);
      failures += 1;
      failed(error, againInMs);
      await pause(againInMs, undefined, { signal });
    }
  }
}

/** What was read, and what tells the agent so. */
type Read = { readonly index: number; readonly hash: string; readonly text: string };

async function ask(plan: WatchPlan, before: Read | undefined, { agent, signal }: WatchOptions): Promise<Read> {
  const parameters = new URLSearchParams(plan.query.map(([name, value]) => [name, value]));
  if (before !== undefined) parameters.set(plan.known, String(before[plan.known]));
  const { status, text, headers } = await agent.ask("GET", `${plan.path}?${parameters}`, undefined, signal);
  const read = { index: indexOf(headers), hash: String(headers["x-consul-contenthash"] ?? "") };
  if (status === 404 && plan.mayBeAbsent) return { ...read, text: "null" };
  if (status >= 300) throw new CommandError(`Unexpected response code: ${status} (${text.trim()})`);
  return { ...read, text };
}

/** At least 1: of index 0 an agent would answer at once, for ever. */
function indexOf(headers: Answer["headers"]): number {
  return Math.max(1, Number(headers["x-consul-index"] ?? 1));
}

function valueIn(text: string, plan: WatchPlan, before: Read | undefined): unknown {
  const value = parseExactly(text);
  if (!Array.isArray(value)) return value;
  if (plan.value === "only") return value[0];
  if (plan.value === "all" || before === undefined) return value;
  const told = new Set((JSON.parse(before.text) as readonly FiredEvent[]).map(({ ID }) => ID));
  return (value as readonly FiredEvent[]).filter(({ ID }) => !told.has(ID));
}

/** An event, of which no two have the same ID. */
type FiredEvent = { readonly ID: string };
