import type { KeyTree } from "./key-tree.ts";
import { Topics } from "./topics.ts";

const KEY = "key:";
const PREFIX = "prefix:";

/** What readers of the key/value store wait for. */
export const kvTopics = {
  key: (key: string) => `${KEY}${key}`,
  prefix: (prefix: string) => `${PREFIX}${prefix}`,
  sessions: "sessions",
  session: (id: string) => `session:${id}`,
  sessionsOn: (node: string) => `sessions-on:${node}`,
} as const;

/**
 * Topics of which keys and prefixes are counted by the tree that holds the keys: any text can be a prefix, and only those that somebody
 * waits for are looked at when a key changes.
 */
export class KvTopics extends Topics {
  readonly #tree: Pick<KeyTree<unknown>, "changedAt">;
  readonly #modifiedAt: (key: string) => number | undefined;
  /** By length, how many wait for a prefix so long. */
  readonly #lengths = new Map<number, number>();
  #readAt = 1;

  constructor(tree: Pick<KeyTree<unknown>, "changedAt">, modifiedAt: (key: string) => number | undefined) {
    super();
    this.#tree = tree;
    this.#modifiedAt = modifiedAt;
  }

  /** A key that is there is known up to its own change, as in Consul; what is not there, up to what may have taken it away. */
  override index(topics: Iterable<string>): number {
    let index = 1;
    for (const topic of topics) index = Math.max(index, this.#indexOf(topic));
    return index;
  }

  /** Reports that a key has changed. */
  keyChanged(key: string): void {
    this.touch(kvTopics.key(key));
    for (const length of this.#lengths.keys()) {
      if (length <= key.length) this.touch(kvTopics.prefix(key.slice(0, length)));
    }
  }

  override startFrom(revision: number): void {
    super.startFrom(revision);
    this.#readAt = Math.max(this.#readAt, revision);
  }

  override subscribe(topics: Iterable<string>, wake: () => void): () => void {
    const entered = [...topics];
    const lengths = entered.filter((topic) => topic.startsWith(PREFIX)).map(({ length }) => length - PREFIX.length);
    for (const length of lengths) this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
    const leave = super.subscribe(entered, wake);
    return () => {
      leave();
      for (const length of lengths) this.#leaveLength(length);
    };
  }

  #indexOf(topic: string): number {
    if (topic.startsWith(PREFIX)) return Math.max(this.#readAt, this.#tree.changedAt(topic.slice(PREFIX.length)));
    if (!topic.startsWith(KEY)) return super.index([topic]);
    const key = topic.slice(KEY.length);
    return this.#modifiedAt(key) ?? Math.max(this.#readAt, this.#tree.changedAt(key));
  }

  #leaveLength(length: number): void {
    const left = (this.#lengths.get(length) ?? 0) - 1;
    if (left > 0) this.#lengths.set(length, left);
    else this.#lengths.delete(length);
  }
}
