import type { Clock, Timer } from "./clock.ts";

type Waiting = { readonly atMs: number; readonly order: number; readonly work: () => void };

/**
 * A clock that stands still until `advance` is called, so that a test decides what the time is.
 *
 * @example
 * const clock = new FakeClock();
 * const slept = clock.sleep(60_000);
 * await clock.advance(60_000);
 * await slept;
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Timers and sleepers that have not been woken yet; 0 when nobody waits. */
  get waiting(): number {
    return this.#waiting.size;
  }

  setTimer(ms: number, work: () => void): Timer {
    const waiting = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, work };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.setTimer(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets `ms` pass: wakes all that is due, in the order of its time, including what woken work sets anew. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let due = this.#next(endMs); due !== undefined; due = this.#next(endMs)) {
      this.#waiting.delete(due);
      this.#nowMs = due.atMs;
      due.work();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs > endMs) continue;
      if (
        next === undefined ||
        waiting.atMs < next.atMs ||
        (waiting.atMs === next.atMs && waiting.order < next.order)
      ) {
        next = waiting;
      }
    }
    return next;
  }
}

/** Lets promises that are already resolved run their continuations. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
