/** Text as Go writes and reads it in its quotes: Consul's expressions and error texts follow Go's rules. */

const ESCAPE = /\\(?:([abfnrtv\\"])|([0-3][0-7]{2})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|[^\\\n]+/y;
const CONTROLS = new Map(Object.entries({ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" }));
const ESCAPED_CONTROLS = new Map(Array.from(CONTROLS, ([letter, control]) => [control, `\\${letter}`]));

/** Reads a literal in double quotes or backticks, quotes included; undefined when it is malformed. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body.replaceAll("\r", "");
  const bytes: number[] = [];
  for (let at = 0; at < body.length; at = ESCAPE.lastIndex) {
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(body);
    const piece = match === null ? undefined : bytesOf(match);
    if (piece === undefined) return undefined;
    for (const byte of piece) bytes.push(byte);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** Octal and \x escapes are bytes of UTF-8, everything else is characters. */
function bytesOf([whole, letter, octal, hex, short, long]: RegExpExecArray): Iterable<number> | undefined {
  if (octal !== undefined) return [Number.parseInt(octal, 8)];
  if (hex !== undefined) return [Number.parseInt(hex, 16)];
  const encoder = new TextEncoder();
  const digits = short ?? long;
  if (digits !== undefined) {
    const codePoint = Number.parseInt(digits, 16);
    const isCharacter = codePoint < 0xd800 || (codePoint > 0xdfff && codePoint <= 0x10ffff);
    return isCharacter ? encoder.encode(String.fromCodePoint(codePoint)) : undefined;
  }
  return encoder.encode(letter === undefined ? whole : (CONTROLS.get(letter) ?? letter));
}

/** Writes text in double quotes as Go's %q does. */
export function quote(text: string): string {
  return `"${Array.from(text, quoteCharacter).join("")}"`;
}

function quoteCharacter(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  const control = ESCAPED_CONTROLS.get(character);
  if (control !== undefined) return control;
  if (character === " " || /^[^\p{C}\p{Z}]$/u.test(character)) return character;
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return `\\x${hexadecimal(codePoint, 2)}`;
  return codePoint > 0xffff ? `\\U${hexadecimal(codePoint, 8)}` : `\\u${hexadecimal(codePoint, 4)}`;
}

function hexadecimal(codePoint: number, digits: number): string {
  return codePoint.toString(16).padStart(digits, "0");
}
