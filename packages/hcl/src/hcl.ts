import { HclError } from "./errors.ts";
import { type Item, joinItems, MAX_DEPTH, type Node, type ObjectNode } from "./nodes.ts";
import { placeOf, type Source } from "./source.ts";
import { describeToken, readToken, type Token } from "./tokens.ts";

/**
 * Reads a whole file of HCL 1.
 *
 * @see https://github.com/hashicorp/hcl/tree/hcl1#syntax
 */
export function readHcl(source: Source): ObjectNode {
  return new Reader(source).file();
}

class Reader {
  readonly #source: Source;
  #token: Token;

  constructor(source: Source) {
    this.#source = source;
    this.#token = readToken(source, 0);
  }

  file(): ObjectNode {
    const items: Item[] = [];
    while (!this.#sees("end")) items.push(this.#item(0));
    return { kind: "object", at: 0, members: joinItems(items, this.#source) };
  }

  #item(depth: number, openedAt?: number): Item {
    const first = this.#token;
    if (first.kind !== "name" && first.kind !== "string") {
      const opened =
        openedAt === undefined ? "" : `, or "}" for the "{" of line ${placeOf(this.#source, openedAt).line}`;
      throw this.#unexpected(`a key${opened}`);
    }
    this.#take();
    const item = { key: first.value, at: first.at, node: this.#assigned(first.value, first.at, depth + 1) };
    if (this.#sees(",")) this.#take();
    return item;
  }

  #assigned(key: string, at: number, depth: number): Node {
    const labels: string[] = [];
    for (let token = this.#token; token.kind === "name" || token.kind === "string"; token = this.#token) {
      labels.push(token.value);
      this.#take();
    }
    if (this.#sees("{")) return labelled(labels, this.#object(at, depth + labels.length), at);
    if (labels.length > 0) throw this.#unexpected(`"{" after the labels of "${key}"`);
    if (!this.#sees("=")) throw this.#unexpected(`"=" or "{" after the key "${key}"`);
    this.#take();
    return this.#value(depth);
  }

  #value(depth: number): Node {
    const token = this.#token;
    switch (token.kind) {
      case "{":
        return this.#object(token.at, depth);
      case "[":
        return this.#list(depth);
      case "string":
      case "heredoc":
      case "number":
      case "boolean":
        this.#take();
        return { kind: "scalar", at: token.at, value: token.value };
      default:
        throw this.#unexpected("a value");
    }
  }

  #object(at: number, depth: number): ObjectNode {
    const openedAt = this.#token.at;
    this.#enter(depth);
    const items: Item[] = [];
    while (!this.#sees("}")) items.push(this.#item(depth, openedAt));
    this.#take();
    return { kind: "object", at, members: joinItems(items, this.#source) };
  }

  #list(depth: number): Node {
    const { at } = this.#token;
    this.#enter(depth);
    const items: Node[] = [];
    for (;;) {
      while (this.#sees(",")) this.#take();
      if (this.#sees("]")) break;
      items.push(this.#value(depth + 1));
      if (!this.#sees(",") && !this.#sees("]")) throw this.#unexpected('"," or "]" after an item of a list');
    }
    this.#take();
    return { kind: "list", at, items };
  }

  #sees(kind: Token["kind"]): boolean {
    return this.#token.kind === kind;
  }

  #take(): void {
    this.#token = readToken(this.#source, this.#token.end);
  }

  #enter(depth: number): void {
    if (depth > MAX_DEPTH) throw new HclError({ code: "TOO_DEEP", limit: MAX_DEPTH }, this.#source, this.#token.at);
    this.#take();
  }

  #unexpected(expected: string): HclError {
    const found = describeToken(this.#token);
    return new HclError({ code: "UNEXPECTED", expected, found }, this.#source, this.#token.at);
  }
}

/** `service "web" { }` is `service = { web = { } }`. */
function labelled(labels: readonly string[], body: ObjectNode, at: number): ObjectNode {
  return labels.reduceRight<ObjectNode>(
    (node, label) => ({ kind: "object", at, members: new Map([[label, { at, node }]]) }),
    body,
  );
}
