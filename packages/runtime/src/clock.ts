/** A timer that has been set. */
export type Timer = {
  /** Keeps the timer from firing; does nothing when it has fired. */
  readonly cancel: () => void;
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
  let handle: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const partMs = Math.min(leftMs, LONGEST_DELAY_MS);
    handle = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : work()), partMs);
    if (!keepsAlive) handle.unref();
  };
  wait(ms);
  return { cancel: () => clearTimeout(handle) };
}
