import type { CheckStatus } from "@causeway/model";

/** What one look at a service has found. */
export type CheckResult = { readonly status: CheckStatus; readonly output: string };

/** Longest output that is kept, as in Consul. */
export const MAX_OUTPUT_BYTES = 4_096;

/** The output that a heartbeat came with: its beginning, when it is longer than `maxBytes`, and told so. */
export function keptNote(output: string, maxBytes: number): string {
  const bytes = Buffer.from(output);
  if (bytes.length <= maxBytes) return output;
  return `${bytes.subarray(0, maxBytes)} ... (captured ${maxBytes} of ${bytes.length} bytes)`;
}

/** How often in a row a check has gone well, or has not. */
export type Streak = { readonly successes: number; readonly failures: number };

/** How often in a row something must be found before it is believed; 0 is as good as 1. */
export type Thresholds = {
  readonly successBeforePassing: number;
  readonly failuresBeforeWarning: number;
  readonly failuresBeforeCritical: number;
};

/** Before the first look, of which whatever it finds is believed. */
export function newStreak({ successBeforePassing, failuresBeforeCritical }: Thresholds): Streak {
  return { successes: successBeforePassing, failures: failuresBeforeCritical };
}

/**
 * What one more look changes: the status to report from now on, or undefined where that stays as it was, output included.
 *
 * @see https://developer.hashicorp.com/consul/docs/services/usage/checks#success-failures-before-passing-warning-critical
 */
export function damped(
  streak: Streak,
  found: CheckStatus,
  { successBeforePassing, failuresBeforeWarning, failuresBeforeCritical }: Thresholds,
): { readonly status: CheckStatus | undefined; readonly streak: Streak } {
  if (found !== "critical") {
    const successes = streak.successes + 1;
    return { status: successes >= successBeforePassing ? found : undefined, streak: { successes, failures: 0 } };
  }
  const failures = streak.failures + 1;
  const next = { successes: 0, failures };
  if (failures >= failuresBeforeCritical) return { status: "critical", streak: next };
  return { status: failures >= failuresBeforeWarning ? "warning" : undefined, streak: next };
}
