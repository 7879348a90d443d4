/** A key as the agent tells of it. */
export type Pair = {
  readonly Key: string;
  /** In base64; null of an empty value. */
  readonly Value: string | null;
  /** Unsigned 64-bit number, in decimal. */
  readonly Flags: string;
  readonly LockIndex: number;
  readonly Session?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
};

/** The source text of a value, which `JSON.parse` gives to its reviver. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Reads the agent's answer. Flags stay as they are written, since numbers lose digits beyond 2^53. */
export function readPairs(text: string): Pair[] {
  return parseWithFlags(text, "Flags") as Pair[];
}

/** Reads JSON in which the field `name` is a 64-bit number, and gives that in decimal. Throws a SyntaxError. */
export function parseWithFlags(text: string, name: string): unknown {
  const reviver: Reviver = (key, value, { source }) => (key === name && typeof value === "number" ? source : value);
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/** The bytes of a value. */
export function bytesOf({ Value }: Pick<Pair, "Value">): Uint8Array {
  return Buffer.from(Value ?? "", "base64");
}

/** As wide as its longest name and the six blanks that Consul leaves. */
const NAME_WIDTH = "ModifyIndex".length + 6;

/** All that is known of a pair but its value, a line for each field; the line of the value begins with `VALUE_LABEL`. */
export function detailsOf(pair: Pair): string {
  const fields = ["CreateIndex", "Flags", "Key", "LockIndex", "ModifyIndex"] as const;
  const rows = [...fields.map((field) => [field, pair[field]]), ["Session", pair.Session ?? "-"]];
  return rows.map(([name, value]) => `${String(name).padEnd(NAME_WIDTH)}${value}`).join("\n");
}

export const VALUE_LABEL = "Value".padEnd(NAME_WIDTH);
