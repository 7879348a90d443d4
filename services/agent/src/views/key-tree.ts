/** One node of the tree: what follows the path to it, and the last change of anything at or under it. */
type Node<T> = {
  edge: string;
  value: T | undefined;
  changedAt: number;
  readonly children: Map<string, Node<T>>;
};

/**
 * Values by key, in order, that tells for any prefix when something under it last changed, a deletion too. A change costs the length of
 * its key, however many keys there are.
 *
 * A radix tree. Of a prefix under which nothing is left, the nearest part of it that is still there tells: that changed at the same time
 * or later, so that no index ever goes backwards.
 */
export class KeyTree<T> {
  readonly #root: Node<T> = { edge: "", value: undefined, changedAt: 0, children: new Map() };

  /** Enters a value in place of what was there. */
  set(key: string, value: T, revision: number): void {
    let node = this.#root;
    let rest = key;
    for (;;) {
      touch(node, revision);
      if (rest === "") break;
      const next = node.children.get(rest.charAt(0)) ?? leaf<T>(rest);
      const common = commonLength(next.edge, rest);
      const child = common < next.edge.length ? splitAt(next, common) : next;
      node.children.set(rest.charAt(0), child);
      node = child;
      rest = rest.slice(common);
    }
    node.value = value;
  }

  /** Takes a value out. */
  delete(key: string, revision: number): void {
    const path = this.#pathTo(key);
    for (const node of path) touch(node, revision);
    const node = path.at(-1);
    if (node === undefined) return;
    node.value = undefined;
    for (let at = path.length - 1; at > 0; at--) {
      const [parent, child] = [path[at - 1], path[at]];
      if (parent !== undefined && child !== undefined) tidy(parent, child);
    }
  }

  /** When anything under `prefix` last changed; 0 when nothing ever did. */
  changedAt(prefix: string): number {
    let node = this.#root;
    for (let rest = prefix; rest !== ""; ) {
      const child = node.children.get(rest.charAt(0));
      if (child === undefined) return node.changedAt;
      if (child.edge.startsWith(rest)) return child.changedAt;
      if (!rest.startsWith(child.edge)) return node.changedAt;
      rest = rest.slice(child.edge.length);
      node = child;
    }
    return node.changedAt;
  }

  /** The values whose keys begin with `prefix`, in the order of their keys. */
  *under(prefix: string): Generator<T> {
    let node = this.#root;
    for (let rest = prefix; rest !== ""; ) {
      const child = node.children.get(rest.charAt(0));
      if (child === undefined) return;
      if (!child.edge.startsWith(rest) && !rest.startsWith(child.edge)) return;
      rest = rest.slice(child.edge.length);
      node = child;
    }
    yield* valuesOf(node);
  }

  /** The nodes from the root to that of `key`; empty when there is none. */
  #pathTo(key: string): Node<T>[] {
    const path = [this.#root];
    for (let rest = key; rest !== ""; ) {
      const child = path.at(-1)?.children.get(rest.charAt(0));
      if (child === undefined || !rest.startsWith(child.edge)) return [];
      path.push(child);
      rest = rest.slice(child.edge.length);
    }
    return path;
  }
}

function leaf<T>(edge: string): Node<T> {
  return { edge, value: undefined, changedAt: 0, children: new Map() };
}

function touch(node: { changedAt: number }, revision: number): void {
  node.changedAt = Math.max(node.changedAt, revision);
}

/** Puts a node in the middle of the edge to `node`, and gives it. */
function splitAt<T>(node: Node<T>, length: number): Node<T> {
  const middle: Node<T> = { ...leaf<T>(node.edge.slice(0, length)), changedAt: node.changedAt };
  node.edge = node.edge.slice(length);
  middle.children.set(node.edge.charAt(0), node);
  return middle;
}

/** Takes out a child that holds nothing, or joins it with its only child. */
function tidy<T>(parent: Node<T>, child: Node<T>): void {
  if (child.value !== undefined || child.children.size > 1) return;
  const [only] = child.children.values();
  if (only === undefined) {
    parent.children.delete(child.edge.charAt(0));
    return;
  }
  only.edge = child.edge + only.edge;
  touch(only, child.changedAt);
  parent.children.set(only.edge.charAt(0), only);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

function* valuesOf<T>(from: Node<T>): Generator<T> {
  // A stack of its own: keys may be nested deeper than calls.
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.value !== undefined) yield node.value;
    const letters = [...node.children.keys()].sort().reverse();
    for (const letter of letters) {
      const child = node.children.get(letter);
      if (child !== undefined) waiting.push(child);
    }
  }
}
