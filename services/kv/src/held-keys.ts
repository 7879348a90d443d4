import type { Change } from "@causeway/bus";
import type { KvEntry } from "@causeway/model";

/** Which keys each session has locked, as far as the mirror that feeds it has read. */
export class HeldKeys {
  readonly #bySession = new Map<string, Set<string>>();
  readonly #holders = new Map<string, string>();

  /** The keys that a session has locked. */
  of(session: string): readonly string[] {
    return [...(this.#bySession.get(session) ?? [])];
  }

  /** Every session that has locked keys. */
  sessions(): readonly string[] {
    return [...this.#bySession.keys()];
  }

  /** Takes in a change of an entry. */
  apply({ kind, names: [key = ""], record }: Change<unknown>): void {
    if (kind !== "entry") return;
    const session = (record?.value as KvEntry | undefined)?.Session;
    const before = this.#holders.get(key);
    if (session === before) return;
    if (before !== undefined) this.#forget(before, key);
    if (session !== undefined) this.#enter(session, key);
  }

  #enter(session: string, key: string): void {
    this.#holders.set(key, session);
    const keys = this.#bySession.get(session);
    if (keys === undefined) this.#bySession.set(session, new Set([key]));
    else keys.add(key);
  }

  #forget(session: string, key: string): void {
    this.#holders.delete(key);
    const keys = this.#bySession.get(session);
    keys?.delete(key);
    if (keys?.size === 0) this.#bySession.delete(session);
  }
}
