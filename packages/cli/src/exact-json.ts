declare global {
  interface JSON {
    /** A number as it was written; `JSON.stringify` writes it so again. */
    rawJSON(text: string): unknown;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Reads JSON for writing it again: its numbers keep all their digits, which the numbers of JavaScript do not beyond 2^53. */
export function parseExactly(text: string): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? JSON.rawJSON(source) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
