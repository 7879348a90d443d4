import { HclError } from "./errors.ts";
import { placeOf, type Source } from "./source.ts";

/** Nesting that no configuration reaches, and that the stack easily bears. */
export const MAX_DEPTH = 256;

/** A value as read: what JSON can hold. */
export type HclValue = string | number | boolean | null | readonly HclValue[] | HclObject;

/** An object as read, by key; a key such as "__proto__" is an ordinary one. */
export type HclObject = { readonly [key: string]: HclValue };

/** A value that still knows where it stands; `at` is the offset a reader would look at first: the key of a block, else the value. */
export type Node = ScalarNode | ListNode | ObjectNode;
export type ScalarNode = {
  readonly kind: "scalar";
  readonly at: number;
  readonly value: string | number | boolean | null;
};
export type ListNode = { readonly kind: "list"; readonly at: number; readonly items: readonly Node[] };
export type ObjectNode = {
  readonly kind: "object";
  readonly at: number;
  readonly members: ReadonlyMap<string, Member>;
};

/** What an object holds under one key; `at` is the offset of the key where it stands first. */
export type Member = { readonly at: number; readonly node: Node };

/** An assignment or a block before repeated keys are joined. */
export type Item = { readonly key: string; readonly at: number; readonly node: Node };

/**
 * Joins the items of one object by key, in the order in which the keys appear first.
 *
 * As HCL 1 has it, the last plain value wins, while blocks and lists of the same key add up to one list. A key that is both throws
 * an HclError.
 */
export function joinItems(items: readonly Item[], source: Source): ReadonlyMap<string, Member> {
  const byKey = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const same = byKey.get(item.key);
    if (same === undefined) byKey.set(item.key, [item]);
    else same.push(item);
  }
  return new Map([...byKey].map(([key, same]) => [key, { at: same[0].at, node: joinNodes(same, source) }]));
}

function joinNodes(same: readonly [Item, ...Item[]], source: Source): Node {
  const [first, ...others] = same;
  if (others.length === 0) return first.node;
  for (const { key, at, node } of others) {
    if ((node.kind === "scalar") === (first.node.kind === "scalar")) continue;
    throw new HclError({ code: "CONFLICTING_KEY", key, firstLine: placeOf(source, first.at).line }, source, at);
  }
  if (first.node.kind === "scalar") return same.at(-1)?.node ?? first.node;
  return {
    kind: "list",
    at: first.at,
    items: same.flatMap(({ node }) => (node.kind === "list" ? node.items : [node])),
  };
}

/** The plain value of a node. */
export function plainValue(node: Node): HclValue {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainValue);
    case "object":
      return plainObject(node);
  }
}

/** The plain object of an object node. */
export function plainObject({ members }: ObjectNode): HclObject {
  // fromEntries defines keys where an assignment would run the setter of "__proto__".
  return Object.fromEntries(Array.from(members, ([key, { node }]) => [key, plainValue(node)]));
}
