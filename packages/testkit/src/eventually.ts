import { setTimeout as delay } from "node:timers/promises";
import { TestkitError } from "./errors.ts";

/** How patient `eventually` is. */
export type EventuallyOptions = {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
};

/**
 * Runs `attempt` again and again until it does not throw, and gives what it returned.
 *
 * For facts that announce themselves by no event, such as an answer of another process that has to catch up. An attempt that hangs
 * does not outlast the time limit; `signal` aborts then, for attempts that can be stopped.
 *
 * @throws TestkitError `NEVER_HELD` after `timeoutMs` (60 s), with the last attempt's error as `cause`.
 */
export async function eventually<T>(
  attempt: (signal: AbortSignal) => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 20 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const expired = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => reject(new Error("the last attempt gave no answer")), { once: true });
  });
  expired.catch(() => {});
  let last: unknown;
  do {
    try {
      return await Promise.race([attempt(deadline), expired]);
    } catch (error) {
      // Being out of time says less than what the attempt before it saw.
      if (last === undefined || !deadline.aborted) last = error;
    }
    await delay(intervalMs);
  } while (!deadline.aborted);
  const reason = last instanceof Error ? last.message : String(last);
  throw new TestkitError({ code: "NEVER_HELD", waitedMs: timeoutMs, reason }, { cause: last });
}
