import type { Clock, Timer } from "@causeway/runtime";
import type { Topics } from "../views/topics.ts";
import type { Client } from "./endpoint.ts";
import type { QueryOptions } from "./query-options.ts";

/** What a query found, and the topics that its answer depends on. */
export type Reading<T> = { readonly topics: readonly string[]; readonly value: T };

/** What a query found, and the index up to which it is known. */
export type Indexed<T> = { readonly index: number; readonly value: T };

/** How a query waits. */
export type BlockingOptions = Pick<QueryOptions, "minIndex" | "waitMs"> & {
  readonly clock: Clock;
  /** Ends the wait when the client has gone. */
  readonly client: Client;
  /** Gives numbers from 0 up to 1. */
  readonly random?: () => number;
};

/** Waits are stretched by up to this part of themselves, so that many that began at once do not end at once. */
const JITTER_PART = 16;

/** In so many steps: Node keeps one list of timers for each duration, which costs more than the timer. */
const JITTER_STEPS = 64;

const FIRST_REVISION = 1;

/**
 * Reads at once when `minIndex` is 0 or behind; otherwise waits until the answer's index is greater, the time is up, or the client
 * has gone, and then reads.
 *
 * `read` must not wait: nothing may change between its reading and the subscription to its topics.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function blockingQuery<T>(
  topics: Topics,
  read: () => Reading<T>,
  { minIndex, waitMs, clock, client, random = Math.random }: BlockingOptions,
): Promise<Indexed<T>> {
  return new Promise((resolve, reject) => {
    const stretch = Math.ceil(random() * JITTER_STEPS) / (JITTER_STEPS * JITTER_PART);
    const endsAtMs = clock.now() + waitMs * (1 + stretch);
    new Wait({ topics, read, minIndex, clock, client, endsAtMs, resolve, reject }).begin();
  });
}

type WaitOptions<T> = Pick<BlockingOptions, "minIndex" | "clock" | "client"> & {
  readonly topics: Topics;
  readonly read: () => Reading<T>;
  readonly endsAtMs: number;
  readonly resolve: (found: Indexed<T>) => void;
  readonly reject: (error: unknown) => void;
};

/** One query that waits. An agent holds thousands, so that this object, a timer and an entry among the topics are all that it takes. */
class Wait<T> {
  readonly #options: WaitOptions<T>;
  #timer: Timer | undefined;
  #leave: (() => void) | undefined;

  constructor(options: WaitOptions<T>) {
    this.#options = options;
  }

  begin(): void {
    if (!this.#look(false)) this.#options.client.whenGone(this.#wake);
  }

  /** Reads, and answers or waits on; true when it has answered. */
  #look(woken: boolean): boolean {
    const { topics, read, minIndex, clock, client, endsAtMs, resolve, reject } = this.#options;
    try {
      const { topics: concerned, value } = read();
      const index = topics.index(concerned);
      // The first revision of a bucket is also the index of one that has none yet: there only the change itself tells.
      const changed = index > minIndex || (woken && index === FIRST_REVISION && index === minIndex);
      const leftMs = endsAtMs - clock.now();
      if (minIndex === 0 || changed || leftMs <= 0 || topics.closed || client.gone) {
        resolve({ index, value });
        return true;
      }
      this.#timer = clock.setTimer(leftMs, this.#wake);
      this.#leave = topics.subscribe(concerned, this.#wake);
      return false;
    } catch (error) {
      reject(error);
      return true;
    }
  }

  /** Looks again at the next change of a topic, when the time is up or the client has gone; until then it leaves nothing behind. */
  readonly #wake = (): void => {
    if (this.#leave === undefined) return;
    this.#leave();
    this.#leave = undefined;
    this.#timer?.cancel();
    // What wakes it may be half-way through a change.
    queueMicrotask(() => this.#look(true));
  };
}
