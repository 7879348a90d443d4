import type { Stored } from "@causeway/bus";
import { type KvEntry, withIndexes } from "@causeway/model";

/** A change of one key. */
export type KvWrite =
  | ({ readonly kind: "set" } & Content)
  /** Only at this revision; 0 is that of a key that must not exist. */
  | ({ readonly kind: "cas"; readonly index: number } & Content)
  | ({ readonly kind: "lock"; readonly session: string } & Content)
  | ({ readonly kind: "unlock"; readonly session: string } & Content)
  | { readonly kind: "delete" }
  | { readonly kind: "delete-cas"; readonly index: number };

type Content = { readonly value: string; readonly flags: string };

/** What a write comes to: whether it took place, and what is stored afterwards. */
export type Outcome = {
  readonly applied: boolean;
  /** The very value that was stored before when nothing changes; undefined when there is no record, or no longer one. */
  readonly next: KvEntry | undefined;
};

/**
 * Decides what becomes of a key.
 *
 * A plain write leaves the lock as it is, and one of what is stored already changes nothing, its index included.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/kv#create-update-key
 */
export function written(stored: Stored<KvEntry> | undefined, write: KvWrite): Outcome {
  const refused: Outcome = { applied: false, next: stored?.value };
  const session = stored?.value.Session;
  switch (write.kind) {
    case "set":
      return applied(stored, write, lockOf(stored));
    case "cas":
      return isAt(stored, write.index) ? applied(stored, write, lockOf(stored)) : refused;
    case "lock": {
      if (session !== undefined && session !== write.session) return refused;
      const LockIndex = (stored?.value.LockIndex ?? 0) + (session === undefined ? 1 : 0);
      return applied(stored, write, { LockIndex, Session: write.session });
    }
    case "unlock":
      if (stored === undefined || session !== write.session) return refused;
      return applied(stored, write, { LockIndex: stored.value.LockIndex });
    case "delete":
      return { applied: true, next: undefined };
    case "delete-cas":
      return stored === undefined || isAt(stored, write.index) ? { applied: true, next: undefined } : refused;
  }
}

/** The record once its session has let it go, otherwise as it was. */
export function released({ value, revision }: Stored<KvEntry>): KvEntry {
  const { Session: _, ...entry } = withIndexes(value, revision);
  return { ...entry, ModifyIndex: 0 };
}

type Lock = Pick<KvEntry, "LockIndex" | "Session">;

function lockOf(stored: Stored<KvEntry> | undefined): Lock {
  if (stored === undefined) return { LockIndex: 0 };
  const { LockIndex, Session } = stored.value;
  return Session === undefined ? { LockIndex } : { LockIndex, Session };
}

/** Every write of a record changes it, and so its revision is its ModifyIndex. */
function isAt(stored: Stored<KvEntry> | undefined, index: number): boolean {
  return index === (stored?.revision ?? 0);
}

function applied(stored: Stored<KvEntry> | undefined, { value, flags }: Content, lock: Lock): Outcome {
  const next = { Value: value, Flags: flags, ...lock };
  if (stored === undefined) return { applied: true, next: { ...next, CreateIndex: 0, ModifyIndex: 0 } };
  const known = withIndexes(stored.value, stored.revision);
  const same =
    known.Value === value &&
    known.Flags === flags &&
    known.LockIndex === lock.LockIndex &&
    known.Session === lock.Session;
  if (same) return { applied: true, next: stored.value };
  return { applied: true, next: { ...next, CreateIndex: known.CreateIndex, ModifyIndex: 0 } };
}
