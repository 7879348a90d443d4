import type { CheckStatus } from "@causeway/model";

/** What one look at a service has found. */
export type CheckResult = { readonly status: CheckStatus; readonly output: string };

/** Longest output that is kept, as in Consul. */
export const MAX_OUTPUT_BYTES = 4_096;

/** The output of a check, cut to what is kept and told so. */
export function keptOutput(output: string): string {
  const bytes = Buffer.from(output);
  if (bytes.length <= MAX_OUTPUT_BYTES) return output;
  const end = bytes.subarray(-MAX_OUTPUT_BYTES).toString();
  return `Captured ${MAX_OUTPUT_BYTES} of ${bytes.length} bytes\n...\n${end}`;
}

/** How often in a row the same has been found, before it is believed. */
export type Streak = { readonly status: CheckStatus; readonly count: number };

/**
 * The status to report after one more look: a good one only after `successBeforePassing` further ones, a bad one only after
 * `failuresBeforeCritical` further ones; until then what was reported before stays.
 */
export function damped(
  reported: CheckStatus,
  streak: Streak | undefined,
  found: CheckStatus,
  { successBeforePassing, failuresBeforeCritical }: { successBeforePassing: number; failuresBeforeCritical: number },
): { readonly status: CheckStatus; readonly streak: Streak } {
  const good = found !== "critical";
  const same = streak !== undefined && (streak.status !== "critical") === good;
  const next: Streak = { status: found, count: same ? streak.count + 1 : 1 };
  const needed = good ? successBeforePassing : failuresBeforeCritical;
  return { status: next.count > needed ? found : reported, streak: next };
}
