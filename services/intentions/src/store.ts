import { type Bucket, type Mirror, Refusal } from "@causeway/bus";
import { type BUCKETS, type SourceIntention, withIndexes } from "@causeway/model";
import type { StoredDestination } from "./sources.ts";

/** All that the verbs work on. */
export type Store = {
  readonly bucket: Bucket<typeof BUCKETS.intentions>;
  readonly mirror: Mirror<typeof BUCKETS.intentions, "destination">;
  readonly now: () => number;
  readonly newId: () => string;
};

/** Where an intention stands, with real indexes. */
export type Place = { readonly destination: string; readonly source: SourceIntention };

/** The time as records have it. @see RFC 3339 */
export function timestamp({ now }: Store): string {
  return new Date(now()).toISOString();
}

/** Every destination with intentions, with real indexes, as new as the last write of any replica. */
export async function allDestinations({ mirror }: Store) {
  await mirror.catchUp();
  return [...mirror.entries()].map(([, { value, revision }]) => withIndexes(value, revision));
}

/** The destinations under which this ID stands: one, or two while an intention is moved from one to the other, the newer first. */
export async function placesOf(store: Store, id: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const { Name, Sources } of await allDestinations(store)) {
    for (const source of Sources) if (source.ID === id) places.push({ destination: Name, source });
  }
  return places.sort((a, b) => b.source.ModifyIndex - a.source.ModifyIndex);
}

/** The form in which IDs are kept. Throws Consul's refusal for what can be no ID. */
export function knownForm(id: string): string {
  if (id.length !== 36) {
    throw new Refusal(500, "Intention lookup failed: failed intention lookup: index error: UUID must be 36 characters");
  }
  return id.toLowerCase();
}

/** The source of this name that another intention is, if there is one. */
export function otherOfName(stored: StoredDestination | undefined, name: string, id?: string) {
  return stored?.value.Sources.find(({ Name, ID }) => Name === name && ID !== id);
}
