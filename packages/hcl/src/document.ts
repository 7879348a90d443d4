import { readHcl } from "./hcl.ts";
import { readJson } from "./json.ts";
import { type HclObject, type Node, type ObjectNode, plainObject } from "./nodes.ts";
import { lineAt, lineStartsOf, type Source } from "./source.ts";

/** How a text is called in errors. */
export type ReadOptions = { readonly file?: string | undefined };

/** A path into a value: keys of objects and indexes of lists, outermost first. */
export type Path = readonly (string | number)[];

/** A text that was read, and where its parts stand. */
export type Document = {
  readonly value: HclObject;
  /**
   * The line, from 1, of what `path` names, or of the innermost part of it that the text has; undefined when it has no part of it.
   *
   * Keys match however they are spelled (`CAFile`, `ca_file`), and index 0 of a single block is the block.
   */
  readonly lineOf: (path: Path) => number | undefined;
};

/** Reads HCL 1 into plain values; throws an HclError and nothing else. */
export function parseHcl(text: string, { file }: ReadOptions = {}): HclObject {
  return plainObject(readHcl(sourceOf(text, file)));
}

/** Reads a configuration text as Consul does: as JSON when its first character is "{", else as HCL 1. Throws an HclError. */
export function parseConfigText(text: string, options: ReadOptions = {}): HclObject {
  return parseWithPositions(text, options).value;
}

/** Reads a configuration text as `parseConfigText` does, and remembers where everything stands. Throws an HclError. */
export function parseWithPositions(text: string, { file }: ReadOptions = {}): Document {
  const source = sourceOf(text, file);
  const root = /^\s*\{/.test(source.text) ? readJson(source) : readHcl(source);
  const lineStarts = lineStartsOf(source.text);
  return {
    value: plainObject(root),
    lineOf: (path) => {
      const at = offsetOf(root, path);
      return at === undefined ? undefined : lineAt(lineStarts, at);
    },
  };
}

/** Splits a field name as errors write it, `Services[0].CAFile`, into a path. */
export function fieldPath(field: string): Path {
  const parts = field.match(/[^.[\]]+/g) ?? [];
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function sourceOf(text: string, file: string | undefined): Source {
  // Windows line ends, and the byte order mark that some of its editors write, are no part of what a file says.
  return { text: text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"), file };
}

function offsetOf(root: ObjectNode, path: Path): number | undefined {
  let found: number | undefined;
  let node: Node | undefined = root;
  for (const step of path) {
    if (node?.kind === "object" && step === 0) continue;
    const next: { readonly at: number; readonly node: Node } | undefined = node && enter(node, step);
    if (next === undefined) return found;
    found = next.at;
    node = next.node;
  }
  return found;
}

function enter(node: Node, step: string | number): { readonly at: number; readonly node: Node } | undefined {
  if (node.kind === "list") {
    const item = typeof step === "number" ? node.items[step] : undefined;
    return item && { at: item.at, node: item };
  }
  if (node.kind !== "object") return undefined;
  const key = String(step);
  const exact = node.members.get(key);
  return exact ?? [...node.members].find(([other]) => folded(other) === folded(key))?.[1];
}

function folded(key: string): string {
  return key.replaceAll("_", "").toLowerCase();
}
