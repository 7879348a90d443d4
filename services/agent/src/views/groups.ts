/**
 * Values in groups, each group in the order of its keys.
 *
 * A group's list is put in order when it is asked for after a change, and is the same array until the next one.
 */
export class Groups<T> {
  readonly #groups = new Map<string, Map<string, T>>();
  readonly #lists = new Map<string, readonly T[]>();

  /** Enters a value, in place of the one that had the same key in the group. */
  set(group: string, key: string, value: T): void {
    this.#lists.delete(group);
    const values = this.#groups.get(group);
    if (values === undefined) this.#groups.set(group, new Map([[key, value]]));
    else values.set(key, value);
  }

  /** Takes a value out; a group that is empty afterwards is forgotten. */
  delete(group: string, key: string): void {
    this.#lists.delete(group);
    const values = this.#groups.get(group);
    values?.delete(key);
    if (values?.size === 0) this.#groups.delete(group);
  }

  /** Says whether the group has values. */
  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /** The values of a group in the order of their keys; empty when there is no such group. */
  list(group: string): readonly T[] {
    const known = this.#lists.get(group);
    if (known !== undefined) return known;
    const values = this.#groups.get(group);
    if (values === undefined) return [];
    const list = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    this.#lists.set(group, list);
    return list;
  }

  /** The value that has this key in the group. */
  get(group: string, key: string): T | undefined {
    return this.#groups.get(group)?.get(key);
  }

  /** The names of all groups, in order. */
  names(): string[] {
    return [...this.#groups.keys()].sort();
  }
}
