/**
 * Weakly typed reading, as Consul reads opaque configuration: "5000" is a number where one is wanted, "true" and 1 are true. Each
 * gives undefined for what it cannot make sense of.
 *
 * @see https://pkg.go.dev/github.com/mitchellh/mapstructure#DecoderConfig
 */
export function weakInteger(value: unknown): number | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value !== "string") return undefined;
  if (value === "") return 0;
  return /^[+-]?\d+$/.test(value) ? Number(value) : undefined;
}

/** @see weakInteger */
export function weakBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "string") return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  return /^(|0|f|F|FALSE|false|False)$/.test(value) ? false : undefined;
}

/** @see weakInteger */
export function weakText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" ? String(value) : undefined;
}

/** @see weakInteger */
export function weakMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (Array.isArray(value)) return value.length === 0 ? {} : undefined;
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
