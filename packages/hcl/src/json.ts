import { HclError } from "./errors.ts";
import { MAX_DEPTH, type Member, type Node, type ObjectNode } from "./nodes.ts";
import type { Source } from "./source.ts";

const BLANK = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\w.+-]+/y;
const PLAIN = /[^"\\\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const KEYWORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Reads a whole file of JSON whose outermost value is an object; of a key that stands twice the last value counts.
 *
 * @see RFC 8259
 */
export function readJson(source: Source): ObjectNode {
  const reader = new Reader(source);
  const node = reader.object(0);
  reader.end();
  return node;
}

class Reader {
  readonly #source: Source;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#skipBlanks();
  }

  object(depth: number): ObjectNode {
    const at = this.#enter(depth);
    const members = new Map<string, Member>();
    if (this.#skip("}")) return { kind: "object", at, members };
    do {
      const keyAt = this.#at;
      if (this.#peek() !== '"')
        throw this.#unexpected(members.size === 0 ? 'a key in quotes, or "}"' : "a key in quotes");
      const key = this.#string();
      if (!this.#skip(":")) throw this.#unexpected(`":" after the key ${JSON.stringify(key)}`);
      members.set(key, { at: keyAt, node: this.#value(depth + 1) });
    } while (this.#another("}", "a member of an object"));
    return { kind: "object", at, members };
  }

  end(): void {
    if (this.#at < this.#source.text.length) throw this.#unexpected("the end of the file");
  }

  #list(depth: number): Node {
    const at = this.#enter(depth);
    const items: Node[] = [];
    if (this.#skip("]")) return { kind: "list", at, items };
    do items.push(this.#value(depth + 1));
    while (this.#another("]", "an item of a list"));
    return { kind: "list", at, items };
  }

  #value(depth: number): Node {
    const at = this.#at;
    if (this.#peek() === "{") return this.object(depth);
    if (this.#peek() === "[") return this.#list(depth);
    if (this.#peek() === '"') return { kind: "scalar", at, value: this.#string() };
    const word = this.#match(WORD);
    const keyword = KEYWORDS.get(word);
    const value = keyword === undefined && this.#match(NUMBER) === word ? Number(word) : keyword;
    if (word === "" || value === undefined) throw this.#unexpected("a value");
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      throw new HclError({ code: "ILLEGAL_NUMBER", text: word }, this.#source, at);
    }
    this.#advance(word.length);
    return { kind: "scalar", at, value };
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      at += this.#match(PLAIN, at).length;
      if (this.#source.text[at] !== "\\") break;
      const { length } = this.#match(ESCAPE, at);
      if (length === 0) {
        throw new HclError({ code: "ILLEGAL_ESCAPE", escape: this.#source.text.slice(at, at + 2) }, this.#source, at);
      }
      at += length;
    }
    if (this.#source.text[at] !== '"')
      throw new HclError({ code: "UNTERMINATED", what: "string" }, this.#source, start);
    this.#advance(at + 1 - start);
    // Other control characters are illegal in JSON, yet a file that has a tab in a string says plainly what it means.
    const escaped = this.#source.text
      .slice(start, at + 1)
      .replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
    return JSON.parse(escaped);
  }

  #another(closing: "}" | "]", after: string): boolean {
    if (this.#skip(",")) return true;
    if (this.#skip(closing)) return false;
    throw this.#unexpected(`"," or "${closing}" after ${after}`);
  }

  #enter(depth: number): number {
    if (depth > MAX_DEPTH) throw new HclError({ code: "TOO_DEEP", limit: MAX_DEPTH }, this.#source, this.#at);
    const at = this.#at;
    this.#advance(1);
    return at;
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#advance(1);
    return true;
  }

  #advance(length: number): void {
    this.#at += length;
    this.#skipBlanks();
  }

  #skipBlanks(): void {
    this.#at += this.#match(BLANK).length;
  }

  #peek(): string {
    return this.#source.text.charAt(this.#at);
  }

  #match(pattern: RegExp, at = this.#at): string {
    pattern.lastIndex = at;
    return pattern.exec(this.#source.text)?.[0] ?? "";
  }

  #unexpected(expected: string): HclError {
    const word = this.#match(WORD);
    const character = String.fromCodePoint(this.#source.text.codePointAt(this.#at) ?? 0);
    const atEnd = this.#at >= this.#source.text.length;
    const found = atEnd ? "the end of the file" : JSON.stringify(word === "" ? character : word);
    return new HclError({ code: "UNEXPECTED", expected, found }, this.#source, this.#at);
  }
}
