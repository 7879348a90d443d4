import type { Need } from "./read.ts";

/** Told when something is first needed by anybody, and when it is needed by nobody any more. */
export type NeedEvents = { readonly needed: (need: Need) => void; readonly unneeded: (need: Need) => void };

/** Who has read what. */
export class Readers<R> {
  readonly #byKey = new Map<string, { readonly need: Need; readonly readers: Set<R> }>();
  readonly #needs = new Map<R, ReadonlyMap<string, Need>>();
  readonly #events: NeedEvents;

  constructor(events: NeedEvents) {
    this.#events = events;
  }

  /** Those that have read `key`. */
  of(key: string): ReadonlySet<R> {
    return this.#byKey.get(key)?.readers ?? new Set();
  }

  /** Replaces what `reader` needs; nothing at all takes it out. What it goes on needing is not given up in between. */
  set(reader: R, needs: ReadonlyMap<string, Need>): void {
    const before = this.#needs.get(reader) ?? new Map<string, Need>();
    if (needs.size === 0) this.#needs.delete(reader);
    else this.#needs.set(reader, needs);
    for (const [key, need] of needs) if (!before.has(key)) this.#add(reader, key, need);
    for (const key of before.keys()) if (!needs.has(key)) this.#remove(reader, key);
  }

  #add(reader: R, key: string, need: Need): void {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.readers.add(reader);
      return;
    }
    this.#byKey.set(key, { need, readers: new Set([reader]) });
    this.#events.needed(need);
  }

  #remove(reader: R, key: string): void {
    const known = this.#byKey.get(key);
    known?.readers.delete(reader);
    if (known === undefined || known.readers.size > 0) return;
    this.#byKey.delete(key);
    this.#events.unneeded(known.need);
  }
}
