/** A body that is no JSON, or not the JSON that was asked for; its message is the one that Go's decoder gives. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/**
 * Reads the first JSON value of `text`, whatever follows it, as Go's `json.Decoder` does.
 *
 * @throws JsonError with Go's text: "EOF", "unexpected EOF", "invalid character 'x' …".
 * @see https://pkg.go.dev/encoding/json#Decoder.Decode
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8 says it in other words, and refuses what follows the first value; whoever sends that gets the slow reader.
    return new Reader(text).first();
  }
}

const LITERALS: Readonly<Record<string, readonly [word: string, value: unknown]>> = {
  t: ["true", true],
  f: ["false", false],
  n: ["null", null],
};

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Deeper values are refused rather than let run the stack out. */
const MAX_DEPTH = 1_000;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  first(): unknown {
    this.#skipSpace();
    if (this.#at >= this.#text.length) throw new JsonError("EOF");
    return this.#value();
  }

  #value(): unknown {
    const start = this.#next();
    if (start === "{") return this.#nested(() => this.#object());
    if (start === "[") return this.#nested(() => this.#array());
    if (start === '"') return this.#string();
    if (start === "-" || isDigit(start)) return this.#number();
    const literal = LITERALS[start];
    if (literal === undefined) throw this.#invalid("looking for beginning of value");
    return this.#literal(literal);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new JsonError("exceeded max depth");
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): Record<string, unknown> {
    const object: [string, unknown][] = [];
    for (let first = true; ; first = false) {
      const start = this.#next();
      if (start === "}" && first) break;
      if (start !== '"') throw this.#invalid("looking for beginning of object key string");
      const key = this.#string();
      if (this.#next() !== ":") throw this.#invalid("after object key");
      this.#at++;
      object.push([key, this.#value()]);
      if (!this.#more("}", "after object key:value pair")) return Object.fromEntries(object);
    }
    this.#at++;
    return {};
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    if (this.#next() === "]") {
      this.#at++;
      return array;
    }
    do array.push(this.#value());
    while (this.#more("]", "after array element"));
    return array;
  }

  /** Steps over a comma, or over the end of what is being read; gives true when more follows. */
  #more(end: string, where: string): boolean {
    const character = this.#next();
    if (character !== "," && character !== end) throw this.#invalid(where);
    this.#at++;
    return character === ",";
  }

  #string(): string {
    let value = "";
    for (this.#at++; ; this.#at++) {
      const character = this.#here();
      if (character === '"') break;
      if (character < " ") throw this.#invalid("in string literal");
      value += character === "\\" ? this.#escape() : character;
    }
    this.#at++;
    return value;
  }

  #escape(): string {
    this.#at++;
    const escaped = this.#here();
    if (escaped !== "u") {
      const plain = ESCAPED[escaped];
      if (plain === undefined) throw this.#invalid("in string escape code");
      return plain;
    }
    const start = this.#at + 1;
    while (this.#at < start + 3) {
      this.#at++;
      if (!/[0-9a-f]/i.test(this.#here())) throw this.#invalid("in \\u hexadecimal character escape");
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(start, start + 4), 16));
  }

  #number(): number {
    const start = this.#at;
    if (this.#here() === "-") this.#at++;
    if (this.#here() === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#peek() === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/e/i.test(this.#peek())) {
      this.#at++;
      if (/[-+]/.test(this.#here())) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
    return Number(this.#text.slice(start, this.#at));
  }

  #digits(where: string): void {
    if (!isDigit(this.#here())) throw this.#invalid(where);
    while (isDigit(this.#peek())) this.#at++;
  }

  #literal([word, value]: readonly [string, unknown]): unknown {
    for (const expected of word) {
      if (this.#here() !== expected) throw this.#invalid(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
    return value;
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#peek())) this.#at++;
  }

  /** The next character that is no space, without stepping over it. */
  #next(): string {
    this.#skipSpace();
    return this.#here();
  }

  /** The character here; the text must not end. */
  #here(): string {
    const character = this.#peek();
    if (character === "") throw new JsonError("unexpected EOF");
    return character;
  }

  /** The character here, or "" at the end. */
  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #invalid(where: string): JsonError {
    return new JsonError(`invalid character ${quoted(this.#here())} ${where}`);
  }
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9" && character.length === 1;
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  return character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
}
