/**
 * The value that the given share of the samples do not exceed, by the nearest rank; NaN where there are no samples.
 *
 * @param share - from 0 to 1; 0.5 is the median.
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The middle of the samples, of an even number the mean of the two in the middle; NaN where there are none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2;
}

/** The samples' mean; NaN where there are none. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

/**
 * Of several rounds that measured the same things, the median of each thing. Rounds are taken in turn by those who are compared, so
 * that what else the machine does falls on all of them.
 */
export function medians<K extends string>(rounds: readonly Readonly<Record<K, number>>[]): Readonly<Record<K, number>> {
  const names = Object.keys(rounds[0] ?? {}) as K[];
  const entries = names.map((name) => [name, median(rounds.map((round) => round[name]))] as const);
  return Object.fromEntries(entries) as Record<K, number>;
}
