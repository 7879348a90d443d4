import { type Change, recordKey } from "@causeway/bus";

/** The keys of a bucket by their kind and first name, so that those that begin alike are found without a search. */
export class KeysByName {
  readonly #byKind = new Map<string, Map<string, Set<string>>>();

  /** Takes in one change of the bucket. */
  apply({ kind, names, record }: Change<unknown>): void {
    const [first = ""] = names;
    if (record === undefined) this.#remove(kind, first, recordKey(kind, names));
    else this.#add(kind, first, recordKey(kind, names));
  }

  /** The keys that go on after a kind and names. */
  *under(kind: string, names: readonly string[]): Generator<string> {
    const prefix = `${recordKey(kind, names)}.`;
    const [first] = names;
    const byName = this.#byKind.get(kind);
    const groups = first === undefined ? (byName?.values() ?? []) : [byName?.get(first) ?? []];
    for (const keys of groups) for (const key of keys) if (key.startsWith(prefix)) yield key;
  }

  #add(kind: string, first: string, key: string): void {
    const byName = this.#byKind.get(kind) ?? new Map<string, Set<string>>();
    const keys = byName.get(first) ?? new Set<string>();
    this.#byKind.set(kind, byName.set(first, keys.add(key)));
  }

  #remove(kind: string, first: string, key: string): void {
    const byName = this.#byKind.get(kind);
    const keys = byName?.get(first);
    keys?.delete(key);
    if (keys?.size === 0) byName?.delete(first);
  }
}
