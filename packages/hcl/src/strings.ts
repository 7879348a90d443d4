import { HclError } from "./errors.ts";
import type { Source } from "./source.ts";

/** A piece of text that was read, and the offset after it. */
export type Read = { readonly value: string; readonly end: number };

const ESCAPE = /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};
const HEREDOC_START = /<<(-?)([\p{L}\p{Nd}_]+)\n/uy;

/**
 * Reads the quoted string whose opening quote is at offset `at`.
 *
 * What stands inside `${` and `}` is taken as it is: quotes do not end the string there, and nothing is an escape.
 */
export function readQuoted(source: Source, at: number): Read {
  const { text } = source;
  const bytes: Uint8Array[] = [];
  const encoder = new TextEncoder();
  for (let from = at + 1, next = from; ; from = next) {
    const character = text[from];
    if (character === '"') return { value: decode(bytes), end: from + 1 };
    if (character === undefined || character === "\n")
      throw new HclError({ code: "UNTERMINATED", what: "string" }, source, at);
    if (character === "\\") {
      const escaped = readEscape(source, from);
      bytes.push(escaped.bytes);
      next = escaped.end;
      continue;
    }
    next = text.startsWith("${", from) ? endOfInterpolation(source, from, at) : endOfPlain(text, from + 1);
    bytes.push(encoder.encode(text.slice(from, next)));
  }
}

function endOfPlain(text: string, from: number): number {
  let at = from;
  while (at < text.length && !'"\\\n$'.includes(text.charAt(at))) at++;
  return at;
}

function endOfInterpolation(source: Source, from: number, stringStart: number): number {
  let depth = 0;
  for (let at = from; at < source.text.length; at++) {
    if (source.text[at] === "{") depth++;
    if (source.text[at] === "}" && --depth === 0) return at + 1;
  }
  throw new HclError({ code: "UNTERMINATED", what: "string" }, source, stringStart);
}

function readEscape(source: Source, at: number): { readonly bytes: Uint8Array; readonly end: number } {
  ESCAPE.lastIndex = at;
  const match = ESCAPE.exec(source.text);
  const [whole, simple, octal, hex, short, long] = match ?? [];
  const byte = octal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(octal, 8);
  const codePoint = Number.parseInt(short ?? long ?? "", 16);
  if (whole === undefined || byte > 0xff || codePoint > 0x10ffff) {
    throw new HclError({ code: "ILLEGAL_ESCAPE", escape: source.text.slice(at, at + 2) }, source, at);
  }
  // \x and octal escapes are bytes of UTF-8, the others are characters.
  if (!Number.isNaN(byte)) return { bytes: Uint8Array.of(byte), end: at + whole.length };
  const character = Number.isNaN(codePoint) ? (SIMPLE[simple ?? ""] ?? "") : String.fromCodePoint(codePoint);
  return { bytes: new TextEncoder().encode(character), end: at + whole.length };
}

function decode(parts: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/**
 * Reads the heredoc whose `<<` is at offset `at`: the lines up to the one that holds only the anchor.
 *
 * With `<<-` the indentation of the anchor's line is taken off every line, provided that every line has it.
 */
export function readHeredoc(source: Source, at: number): Read {
  HEREDOC_START.lastIndex = at;
  const start = HEREDOC_START.exec(source.text);
  if (start === null) {
    const found = JSON.stringify(source.text.slice(at).split("\n", 1)[0]);
    throw new HclError(
      { code: "UNEXPECTED", expected: "a heredoc, such as <<EOF and a line break", found },
      source,
      at,
    );
  }
  const [whole, dash, anchor] = start;
  const lines: string[] = [];
  for (let from = at + whole.length; from < source.text.length; ) {
    const newline = source.text.indexOf("\n", from);
    const lineEnd = newline === -1 ? source.text.length : newline;
    const line = source.text.slice(from, lineEnd);
    if (line.trim() === anchor) {
      const indent = line.slice(0, line.indexOf(anchor));
      return { value: contentOf(lines, dash === "-" ? indent : ""), end: lineEnd };
    }
    lines.push(line);
    from = lineEnd + 1;
  }
  throw new HclError({ code: "UNTERMINATED", what: "heredoc" }, source, at);
}

function contentOf(lines: readonly string[], indent: string): string {
  const indented = lines.every((line) => line.startsWith(indent));
  return lines.map((line) => `${indented ? line.slice(indent.length) : line}\n`).join("");
}
