import { AddressError } from "./errors.ts";

/** A template in pieces, in order: what stands for itself, and what is to be evaluated. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline };

/** Calls of which each gets the result of the one before as its last argument. */
export type Pipeline = readonly Call[];

/** A function with its arguments; `source` is how it stands in the template. */
export type Call = { readonly name: string; readonly args: readonly Argument[]; readonly source: string };
export type Argument =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

/** Words of Go's template language that make sense for whole texts, not for one address. */
const STATEMENTS: ReadonlySet<string> = new Set(["if", "else", "end", "range", "with", "define", "template", "block"]);

const ACTION = /\{\{(- )?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\})[^"`])*?)( -)?\}\}/s;
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(`[^`]*`)|([+-]?\d+)(?![\w.])|(\w+)|(.))/sy;

/** Splits a template into pieces; throws an AddressError where it is malformed. */
export function parseTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = template;
  for (let action = ACTION.exec(rest); action !== null; action = ACTION.exec(rest)) {
    const [whole, trimBefore, body = "", trimAfter] = action;
    const before = rest.slice(0, action.index);
    if (before.includes("{{")) break;
    pieces.push({ kind: "text", text: trimBefore === undefined ? before : before.trimEnd() });
    if (!/^\s*\/\*.*\*\/\s*$/s.test(body))
      pieces.push({ kind: "action", pipeline: new Reader(template, body).whole() });
    rest = rest.slice(action.index + whole.length);
    if (trimAfter !== undefined) rest = rest.trimStart();
  }
  if (rest.includes("{{"))
    throw new AddressError({ code: "TEMPLATE", text: template, reason: 'a "{{" has no "}}" that ends it' });
  return [...pieces, { kind: "text", text: rest }];
}

type Token = { readonly kind: "text" | "number" | "word" | "mark" | "end"; readonly text: string; readonly at: number };

class Reader {
  readonly #template: string;
  readonly #body: string;
  #at = 0;
  #token: Token;

  constructor(template: string, body: string) {
    this.#template = template;
    this.#body = body;
    this.#token = this.#read();
  }

  whole(): Pipeline {
    const pipeline = this.#pipeline();
    if (this.#token.kind !== "end") throw this.#unexpected('a text in quotes, "|" or "}}"');
    return pipeline;
  }

  #pipeline(): Pipeline {
    const calls = [this.#call()];
    while (this.#token.text === "|") {
      this.#take();
      calls.push(this.#call());
    }
    return calls;
  }

  #call(): Call {
    const { kind, text: name, at } = this.#token;
    if (name === ".") return this.#dot();
    if (kind !== "word") throw this.#unexpected("a function");
    if (STATEMENTS.has(name)) {
      throw this.#error(`"${name}" is not supported in an address; choose with include, sort and limit instead`);
    }
    this.#take();
    const args: Argument[] = [];
    for (let arg = this.#argument(); arg !== undefined; arg = this.#argument()) args.push(arg);
    return { name, args, source: this.#body.slice(at, this.#token.at).trim() };
  }

  /** The dot is what a template starts from: all addresses. */
  #dot(): Call {
    this.#take();
    return { name: "GetAllInterfaces", args: [], source: "." };
  }

  #argument(): Argument | undefined {
    const { kind, text } = this.#token;
    if (kind === "text" || kind === "number") {
      this.#take();
      return kind === "text" ? { kind, value: this.#unquoted(text) } : { kind, value: Number(text) };
    }
    if (text === ".") return { kind: "pipeline", pipeline: [this.#dot()] };
    if (text !== "(") return undefined;
    this.#take();
    const pipeline = this.#pipeline();
    if (this.#token.text !== ")") throw this.#unexpected('")"');
    this.#take();
    return { kind: "pipeline", pipeline };
  }

  #unquoted(literal: string): string {
    if (literal.startsWith("`")) return literal.slice(1, -1);
    try {
      return JSON.parse(literal);
    } catch {
      throw this.#error(`${literal} is not a text in quotes; write \\\\ for a backslash, or use backticks`);
    }
  }

  #take(): void {
    this.#token = this.#read();
  }

  #read(): Token {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#body);
    if (match === null) return { kind: "end", text: "", at: this.#body.length };
    const [whole, quoted, raw, number, word, mark] = match;
    this.#at += whole.length;
    const text = quoted ?? raw ?? number ?? word ?? mark ?? "";
    const kind =
      (quoted ?? raw) !== undefined ? "text" : number !== undefined ? "number" : word !== undefined ? "word" : "mark";
    return /^\s*$/.test(text)
      ? { kind: "end", text: "", at: this.#body.length }
      : { kind, text, at: this.#at - text.length };
  }

  #unexpected(expected: string): AddressError {
    const { kind, text } = this.#token;
    return this.#error(`expected ${expected}, found ${kind === "end" ? '"}}"' : text}`);
  }

  #error(reason: string): AddressError {
    return new AddressError({ code: "TEMPLATE", text: this.#template, reason });
  }
}
