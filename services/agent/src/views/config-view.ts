import type { Change } from "@causeway/bus";
import { type ConfigEntry, withIndexes } from "@causeway/model";
import { folded } from "./catalog-topics.ts";
import { Groups } from "./groups.ts";
import { Topics } from "./topics.ts";

/** The topics of config entries: those of one kind, and one of them. */
export const configTopics = {
  /** Every entry of every kind. */
  all: "all",
  kind: (kind: string) => `kind:${kind}`,
  entry: (kind: string, name: string) => `entry:${kind}/${folded(name)}`,
} as const;

/** Config entries by kind and name; names are found whatever their case. */
export class ConfigView {
  readonly topics = new Topics();
  readonly #byKind = new Groups<ConfigEntry>();
  readonly #entries = new Map<string, ConfigEntry>();

  /** The entries of a kind, by name. */
  list(kind: string): readonly ConfigEntry[] {
    return this.#byKind.list(kind);
  }

  /** Every entry, by kind and name. */
  all(): readonly ConfigEntry[] {
    return this.#byKind.names().flatMap((kind) => this.#byKind.list(kind));
  }

  entry(kind: string, name: string): ConfigEntry | undefined {
    return this.#entries.get(configTopics.entry(kind, name));
  }

  /** Takes in one change of the bucket `config-entries`. */
  apply({ kind, names: [name = ""], revision, record }: Change<unknown>): void {
    const topic = configTopics.entry(kind, name);
    this.topics.changed(configTopics.all, revision);
    this.topics.changed(configTopics.kind(kind), revision);
    if (record === undefined) {
      this.#entries.delete(topic);
      this.#byKind.delete(kind, folded(name));
      this.topics.gone(topic, revision);
      return;
    }
    const entry = withIndexes(record.value as ConfigEntry, revision);
    this.#entries.set(topic, entry);
    this.#byKind.set(kind, folded(name), entry);
    this.topics.changed(topic, revision);
  }
}
