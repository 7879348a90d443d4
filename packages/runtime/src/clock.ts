/** A timer that has been set. */
export type Timer = {
  /** Keeps the timer from firing; does nothing when it has fired. */
  cancel(): void;
};

/** The time and what can be done with it, so that tests can decide when it passes. Implemented by `systemClock` and `FakeClock`. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts before that. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` once after `ms`, however long that is. A timer that is set does not keep the process alive. */
  setTimer(ms: number, work: () => void): Timer;
}

/** setTimeout takes a longer delay for 1 ms, so longer ones (a certificate is renewed after months) are waited for in parts. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = startTimer(ms, { keepsAlive: true }, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      const abort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  },

  setTimer: (ms, work) => startTimer(ms, { keepsAlive: false }, work),
};

function startTimer(ms: number, { keepsAlive }: { readonly keepsAlive: boolean }, work: () => void): Timer {
  const timer = new SystemTimer(ms, keepsAlive, work);
  timer.start();
  return timer;
}

/** A timer of Node's, or one after the other. An object without closures: an agent has one for each query that waits. */
class SystemTimer implements Timer {
  readonly #keepsAlive: boolean;
  readonly #work: () => void;
  #leftMs: number;
  #handle: NodeJS.Timeout | undefined;

  constructor(ms: number, keepsAlive: boolean, work: () => void) {
    this.#leftMs = ms;
    this.#keepsAlive = keepsAlive;
    this.#work = work;
  }

  start(): void {
    const partMs = Math.min(this.#leftMs, LONGEST_DELAY_MS);
    this.#leftMs -= partMs;
    this.#handle = setTimeout(this.#leftMs > 0 ? () => this.start() : this.#work, partMs);
    if (!this.#keepsAlive) this.#handle.unref();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}
