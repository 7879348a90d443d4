/** How long to wait between attempts. */
export type BackoffOptions = {
  /** Longest wait after the first failure, in milliseconds. */
  readonly baseMs?: number;
  /** Longest wait after any failure, in milliseconds. */
  readonly maxMs?: number;
  /** Gives numbers from 0 up to 1. */
  readonly random?: () => number;
};

/**
 * How long to wait, in milliseconds, after `attempt` failures (the first is 1): somewhere between half of a ceiling that doubles with
 * each failure and the whole of it, so that many who failed at once do not come back at once.
 */
export function backoff(
  attempt: number,
  { baseMs = 100, maxMs = 10_000, random = Math.random }: BackoffOptions = {},
): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempt - 1));
  return ceilingMs / 2 + jitter(ceilingMs / 2, random);
}

/** A wait chosen evenly between 0 and `maxMs`. */
export function jitter(maxMs: number, random: () => number = Math.random): number {
  return maxMs * random();
}
