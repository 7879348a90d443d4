import { everyoneMay, type Handlers } from "@causeway/bus";
import { draftOf, type WrittenEntry } from "./entry.ts";
import { legalEntry } from "./legal-entry.ts";
import { requireWrite } from "./permission.ts";
import { type StoredDestination, withEntry } from "./sources.ts";
import { type Store, timestamp } from "./store.ts";

/** The verbs that write all intentions of one destination at once, as a service-intentions config entry. */
export function entryVerbs(
  store: Store,
  check = everyoneMay,
): Handlers<"intentions.apply-entry" | "intentions.delete-entry"> {
  return {
    "intentions.apply-entry": async ({ Entry, CAS, Token }) => {
      const entry = legalEntry(Entry);
      await requireWrite(check, Token, [entry.Name]);
      return await apply(store, entry, CAS);
    },
    "intentions.delete-entry": async ({ Name, CAS, Token }) => {
      await requireWrite(check, Token, [Name]);
      return await remove(store, Name, CAS);
    },
  };
}

async function apply(store: Store, entry: WrittenEntry, cas: number | undefined) {
  const drafts = { Name: entry.Name, Meta: entry.Meta, Sources: entry.Sources.map(draftOf) };
  const now = timestamp(store);
  let Applied = false;
  const Index = await store.bucket.change("destination", [entry.Name], (stored) => {
    Applied = isAt(stored, cas);
    return Applied ? withEntry(drafts, stored, () => ({ id: store.newId(), now })) : stored?.value;
  });
  return { Applied, Index };
}

async function remove({ bucket }: Store, name: string, cas: number | undefined) {
  let Deleted = false;
  const Index = await bucket.change("destination", [name], (stored) => {
    Deleted = stored !== undefined && isAt(stored, cas);
    return Deleted ? undefined : stored?.value;
  });
  return { Deleted, Index };
}

/** Whether the record is at the index that its writer has seen; 0 is that of a record that must not exist. */
function isAt(stored: StoredDestination | undefined, cas: number | undefined): boolean {
  if (cas === undefined) return true;
  // Every write of a record changes it, and so its revision is its ModifyIndex.
  return cas === (stored?.revision ?? 0);
}
