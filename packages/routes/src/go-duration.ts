const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration as Go writes it, such as "1m30s" or "250ms", in milliseconds; undefined when it is none.
 *
 * A number without a unit is no duration, except "0".
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  if (digits === "0") return 0;
  let totalMs = 0;
  let at = 0;
  while (at < digits.length) {
    PART.lastIndex = at;
    const [whole, amount, unit] = PART.exec(digits) ?? [];
    if (whole === undefined || amount === undefined || unit === undefined) return undefined;
    totalMs += Number(amount) * (UNIT_MS[unit] ?? 0);
    at += whole.length;
  }
  return at === 0 ? undefined : sign * totalMs;
}
