const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration as Go writes it, such as "1m30s" or "250ms", in nanoseconds; undefined when it is none.
 *
 * A number without a unit is no duration, except "0".
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function durationNs(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  if (digits === "0") return 0;
  let totalNs = 0;
  let at = 0;
  while (at < digits.length) {
    PART.lastIndex = at;
    const [whole, amount, unit] = PART.exec(digits) ?? [];
    if (whole === undefined || amount === undefined || unit === undefined) return undefined;
    totalNs += Number(amount) * (UNIT_NS[unit] ?? 0);
    at += whole.length;
  }
  return at === 0 ? undefined : sign * Math.round(totalNs);
}

/**
 * Writes nanoseconds as Go does: "1m0s", "1.5s", "250ms", "0s".
 *
 * @see https://pkg.go.dev/time#Duration.String
 */
export function durationText(ns: number): string {
  if (ns === 0) return "0s";
  const sign = ns < 0 ? "-" : "";
  const size = Math.abs(ns);
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / UNIT_NS_HOUR);
  const minutes = Math.floor((size % UNIT_NS_HOUR) / UNIT_NS_MINUTE);
  const seconds = `${(size % UNIT_NS_MINUTE) / 1e9}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

const UNIT_NS_MINUTE = 60e9;
const UNIT_NS_HOUR = 3_600e9;
