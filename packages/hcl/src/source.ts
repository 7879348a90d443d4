/** A text and what it is called in errors. */
export type Source = { readonly text: string; readonly file: string | undefined };

/** A place as editors count it: line and column from 1, columns in characters. */
export type Place = { readonly line: number; readonly column: number };

/** Longest part of an offending line that an error shows, so that a minified file does not flood the terminal. */
const EXCERPT_LENGTH = 120;

/** The place of the character at offset `at`. */
export function placeOf({ text }: Source, at: number): Place {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The line that holds offset `at`, and under it a mark below that offset. */
export function excerptOf({ text }: Source, at: number): string {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const from = Math.max(lineStart, at - EXCERPT_LENGTH / 2);
  const to = Math.min(lineEnd === -1 ? text.length : lineEnd, from + EXCERPT_LENGTH);
  const indent = [...text.slice(from, at)].map((character) => (character === "\t" ? "\t" : " ")).join("");
  return `    ${text.slice(from, to)}\n    ${indent}^`;
}

/** Offsets at which lines begin, ascending, so that the line of many offsets can be looked up. */
export function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The line, from 1, of the character at offset `at`. */
export function lineAt(lineStarts: readonly number[], at: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low + 1;
}
