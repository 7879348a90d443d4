const UNITS_IN_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a Go duration such as "1h30m" or "-1.5s" as nanoseconds, or gives undefined when it is none.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseGoDuration(text: string): number | undefined {
  const unsigned = text.replace(/^[+-]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  if (unsigned === "0") return 0;
  if (unsigned === "") return undefined;
  let ns = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < unsigned.length) {
    const [, amount, unit] = PART.exec(unsigned) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    ns += Number(amount) * (UNITS_IN_NS[unit] ?? 0);
  }
  return sign * Math.round(ns);
}

/**
 * Writes nanoseconds as Go does: "1h0m0s", "1.5s", "300ms", "0s".
 *
 * @see https://pkg.go.dev/time#Duration.String
 */
export function formatGoDuration(ns: number): string {
  const size = Math.abs(ns);
  const sign = ns < 0 ? "-" : "";
  if (size === 0) return "0s";
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / 3600e9);
  const minutes = Math.floor((size % 3600e9) / 60e9);
  const seconds = `${(size % 60e9) / 1e9}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
