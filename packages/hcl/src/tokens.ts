import { HclError } from "./errors.ts";
import type { Source } from "./source.ts";
import { readHeredoc, readQuoted } from "./strings.ts";

/** One word of HCL; `at` is the offset of its first character, `end` the one after its last. */
export type Token =
  | {
      readonly kind: "name" | "string" | "heredoc" | "unknown";
      readonly value: string;
      readonly at: number;
      readonly end: number;
    }
  | { readonly kind: "number"; readonly value: number; readonly at: number; readonly end: number }
  | { readonly kind: "boolean"; readonly value: boolean; readonly at: number; readonly end: number }
  | { readonly kind: Mark | "end"; readonly at: number; readonly end: number };

type Mark = "{" | "}" | "[" | "]" | "," | "=";

const MARKS: ReadonlySet<string> = new Set<Mark>(["{", "}", "[", "]", ",", "="]);
const NAME = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;
/** Everything that a reader would take for one number, so that 10s and 1.2.3 are refused as a whole. */
const NUMBER_LIKE = /-?\.?\d(?:[eE][+-]\d|[\w.])*/y;
const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/;
const LARGEST_INTEGER = 2n ** 63n - 1n;
const BLANK = /[ \t\r\n]*/y;

/** Reads the first token at or after offset `at`, past blanks and comments. */
export function readToken(source: Source, at: number): Token {
  const start = skipBlanks(source, at);
  const character = source.text.charAt(start);
  if (character === "") return { kind: "end", at: start, end: start };
  if (isMark(character)) return { kind: character, at: start, end: start + 1 };
  if (character === '"') return { kind: "string", at: start, ...readQuoted(source, start) };
  if (character === "<") return { kind: "heredoc", at: start, ...readHeredoc(source, start) };

  const number = matchAt(NUMBER_LIKE, source.text, start);
  if (number !== "")
    return { kind: "number", value: parseNumber(number, source, start), at: start, end: start + number.length };

  const name = matchAt(NAME, source.text, start);
  const end = start + name.length;
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true", at: start, end };
  if (name !== "") return { kind: "name", value: name, at: start, end };

  const value = String.fromCodePoint(source.text.codePointAt(start) ?? 0);
  return { kind: "unknown", value, at: start, end: start + value.length };
}

/** How an error calls a token. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end of the file";
    case "name":
      return `the word ${token.value} without quotes`;
    case "string":
      return `the string ${JSON.stringify(token.value)}`;
    case "heredoc":
      return "a heredoc";
    case "number":
    case "boolean":
      return String(token.value);
    case "unknown":
      return JSON.stringify(token.value);
    default:
      return `"${token.kind}"`;
  }
}

function isMark(character: string): character is Mark {
  return MARKS.has(character);
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function skipBlanks(source: Source, from: number): number {
  const { text } = source;
  for (let at = from; ; ) {
    at += matchAt(BLANK, text, at).length;
    if (text[at] === "#" || text.startsWith("//", at)) {
      const lineEnd = text.indexOf("\n", at);
      at = lineEnd === -1 ? text.length : lineEnd;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end === -1) throw new HclError({ code: "UNTERMINATED", what: "comment" }, source, at);
      at = end + 2;
    } else {
      return at;
    }
  }
}

/** The value of a number: decimal, 0x hexadecimal or, with a leading 0, octal; beyond 2^53 the nearest one that there is. */
function parseNumber(text: string, source: Source, at: number): number {
  const value = INTEGER.test(text)
    ? parseInteger(text)
    : DECIMAL.test(text) && !/^-?0\d+$/.test(text)
      ? Number(text)
      : Number.NaN;
  if (!Number.isFinite(value)) throw new HclError({ code: "ILLEGAL_NUMBER", text }, source, at);
  return value;
}

function parseInteger(text: string): number {
  const digits = text.replace(/^-?0(?=[0-7])/, (sign) => `${sign}o`).replace(/^-/, "");
  const magnitude = BigInt(digits);
  if (magnitude > LARGEST_INTEGER) return Number.NaN;
  return text.startsWith("-") ? -Number(magnitude) : Number(magnitude);
}
