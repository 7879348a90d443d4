import type { Change } from "@causeway/bus";
import { type KvEntry, type SessionRecord, withIndexes } from "@causeway/model";
import { Groups } from "./groups.ts";
import { KeyTree } from "./key-tree.ts";
import { KvTopics, kvTopics } from "./kv-topics.ts";

/** A key and what is stored under it. */
export type KvPair = { readonly key: string; readonly entry: KvEntry };

/** The key/value store, and the sessions that have not ended. */
export class KvView {
  readonly #pairs = new Map<string, KvPair>();
  readonly #tree = new KeyTree<KvPair>();
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #byNode = new Groups<SessionRecord>();
  readonly topics = new KvTopics(this.#tree, (bytes) => this.#pairs.get(bytes)?.entry.ModifyIndex);

  /** What is stored under a key. */
  pair(key: string): KvPair | undefined {
    return this.#pairs.get(byteText(key));
  }

  /** What is stored under the keys that begin with `prefix`, by the bytes of their keys. */
  under(prefix: string): Iterable<KvPair> {
    return this.#tree.under(byteText(prefix));
  }

  session(id: string): SessionRecord | undefined {
    return this.#sessions.get(id);
  }

  /** By ID. */
  sessions(): readonly SessionRecord[] {
    return [...this.#sessions.values()].sort((a, b) => (a.ID < b.ID ? -1 : 1));
  }

  /** By ID. */
  sessionsOn(node: string): readonly SessionRecord[] {
    return this.#byNode.list(node);
  }

  /** Takes in one change of the bucket `kv`. */
  apply({ kind, names: [name = ""], revision, record }: Change<unknown>): void {
    if (kind === "entry") this.#applyEntry(name, revision, record?.value as KvEntry | undefined);
    if (kind === "session") this.#applySession(name, revision, record?.value as SessionRecord | undefined);
  }

  #applyEntry(key: string, revision: number, value: KvEntry | undefined): void {
    const bytes = byteText(key);
    if (value === undefined) {
      this.#pairs.delete(bytes);
      this.#tree.delete(bytes, revision);
    } else {
      const pair = { key, entry: withIndexes(value, revision) };
      this.#pairs.set(bytes, pair);
      this.#tree.set(bytes, pair, revision);
    }
    this.topics.keyChanged(bytes);
  }

  #applySession(id: string, revision: number, stored: SessionRecord | undefined): void {
    const before = this.#sessions.get(id);
    const session = stored === undefined || stored.Ended === true ? undefined : withIndexes(stored, revision);
    if (session === undefined && before === undefined) return;
    if (session === undefined) this.#sessions.delete(id);
    else this.#sessions.set(id, session);
    const node = (session ?? before)?.Node ?? "";
    if (session === undefined) this.#byNode.delete(node, id);
    else this.#byNode.set(node, id, session);
    this.topics.changed(kvTopics.sessions, revision);
    if (this.#byNode.has(node)) this.topics.changed(kvTopics.sessionsOn(node), revision);
    else this.topics.gone(kvTopics.sessionsOn(node), revision);
    if (session === undefined) this.topics.gone(kvTopics.session(id), revision);
    else this.topics.changed(kvTopics.session(id), revision);
  }
}

/** The topics of a reader of one key, and of all that begin with a prefix. */
export const keyTopic = (key: string): string => kvTopics.key(byteText(key));
export const prefixTopic = (prefix: string): string => kvTopics.prefix(byteText(prefix));

/** A text with one character for each byte of the UTF-8 form: Consul orders keys by bytes, and any of them may end a prefix. */
function byteText(text: string): string {
  return Buffer.from(text).toString("latin1");
}
