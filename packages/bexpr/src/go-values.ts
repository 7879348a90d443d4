/** Why a text is not a value of the kind that was asked for, in Go's words. */
export type NotAValue = { readonly cause: string };

/** A value as Go's strconv reads it. */
export type Converted<T> = { readonly value: T } | NotAValue;

const INTEGER = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;
const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Reads an integer of 64 bits: decimal, or with the prefix 0x, 0b, 0o or 0, and with underscores between digits. */
export function toInteger(text: string): Converted<number> {
  const [, sign = "", digits = ""] = INTEGER.exec(text) ?? [];
  if (digits === "") return { cause: `strconv.ParseInt: parsing "${text}": invalid syntax` };
  const magnitude = BigInt(digits.replaceAll("_", "").replace(/^0(?=[0-7])/, "0o"));
  const limit = sign === "-" ? 2n ** 63n : 2n ** 63n - 1n;
  if (magnitude > limit) return { cause: `strconv.ParseInt: parsing "${text}": value out of range` };
  return { value: Number(sign === "-" ? -magnitude : magnitude) };
}

/** Reads a boolean: true, false and their short and capital forms. */
export function toBoolean(text: string): Converted<boolean> {
  if (TRUE.has(text)) return { value: true };
  if (FALSE.has(text)) return { value: false };
  return { cause: `strconv.ParseBool: parsing "${text}": invalid syntax` };
}
