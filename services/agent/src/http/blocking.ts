import type { Clock } from "@causeway/runtime";
import type { Topics } from "../views/topics.ts";
import type { QueryOptions } from "./query-options.ts";

/** What a query found, and the topics that its answer depends on. */
export type Reading<T> = { readonly topics: readonly string[]; readonly value: T };

/** What a query found, and the index up to which it is known. */
export type Indexed<T> = { readonly index: number; readonly value: T };

/** How a query waits. */
export type BlockingOptions = Pick<QueryOptions, "minIndex" | "waitMs"> & {
  readonly clock: Clock;
  /** Ends the wait when the client has gone. */
  readonly signal: AbortSignal;
  /** Gives numbers from 0 up to 1. */
  readonly random?: () => number;
};

/** Waits are stretched by up to this part of themselves, so that many that began at once do not end at once. */
const JITTER_PART = 16;

const FIRST_REVISION = 1;

/**
 * Reads at once when `minIndex` is 0 or behind; otherwise waits until the answer's index is greater, the time is up, or the client
 * has gone, and then reads.
 *
 * `read` must not wait: nothing may change between its reading and the subscription to its topics.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export async function blockingQuery<T>(
  topics: Topics,
  read: () => Reading<T>,
  { minIndex, waitMs, clock, signal, random = Math.random }: BlockingOptions,
): Promise<Indexed<T>> {
  const endsAtMs = clock.now() + waitMs + (random() * waitMs) / JITTER_PART;
  for (let woken = false; ; woken = true) {
    const { topics: concerned, value } = read();
    const index = topics.index(concerned);
    // The first revision of a bucket is also the index of one that has none yet: there only the change itself tells.
    const changed = index > minIndex || (woken && index === FIRST_REVISION && index === minIndex);
    const leftMs = endsAtMs - clock.now();
    if (minIndex === 0 || changed || leftMs <= 0 || topics.closed || signal.aborted) return { index, value };
    await nextChange(topics, concerned, leftMs, clock, signal);
  }
}

/** Resolves at the next change of one of `concerned`, after `timeoutMs`, or when `signal` aborts; leaves nothing behind. */
function nextChange(
  topics: Topics,
  concerned: readonly string[],
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      leave();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(timeoutMs, done);
    const leave = topics.subscribe(concerned, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
