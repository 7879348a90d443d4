import { excerptOf, placeOf, type Source } from "./source.ts";

/** What keeps a text from being read. */
export type HclFailure =
  | { readonly code: "UNEXPECTED"; readonly expected: string; readonly found: string }
  | { readonly code: "UNTERMINATED"; readonly what: "string" | "comment" | "heredoc" }
  | { readonly code: "ILLEGAL_ESCAPE"; readonly escape: string }
  | { readonly code: "ILLEGAL_NUMBER"; readonly text: string }
  | { readonly code: "CONFLICTING_KEY"; readonly key: string; readonly firstLine: number }
  | { readonly code: "TOO_DEEP"; readonly limit: number };

/**
 * The only error that reading a text throws.
 *
 * The message is one line that begins `file:line:column:`, followed by the offending line and a mark under the place.
 */
export class HclError extends Error {
  override readonly name = "HclError";
  readonly failure: HclFailure;
  /** Name of the file as the caller gave it, undefined when none was given. */
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly line: number;
  /** Counted in characters, from 1. */
  readonly column: number;

  constructor(failure: HclFailure, source: Source, at: number) {
    const { line, column } = placeOf(source, at);
    const place = source.file === undefined ? `${line}:${column}` : `${source.file}:${line}:${column}`;
    super(`${place}: ${describe(failure)}\n${excerptOf(source, at)}`);
    this.failure = failure;
    this.file = source.file;
    this.line = line;
    this.column = column;
  }
}

function describe(failure: HclFailure): string {
  switch (failure.code) {
    case "UNEXPECTED":
      return `expected ${failure.expected}, found ${failure.found}`;
    case "UNTERMINATED":
      return `this ${failure.what} does not end`;
    case "ILLEGAL_ESCAPE":
      return `${failure.escape} is not an escape; write \\\\ for a backslash`;
    case "ILLEGAL_NUMBER":
      return `${failure.text} is not a number; text needs quotes: "${failure.text}"`;
    case "CONFLICTING_KEY":
      return `"${failure.key}" is a plain value in one place and a block or list in the other (line ${failure.firstLine})`;
    case "TOO_DEEP":
      return `nested deeper than ${failure.limit} levels`;
  }
}
