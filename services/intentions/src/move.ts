import type { SourceIntention } from "@causeway/model";
import type { ServiceContext } from "@causeway/runtime";
import { type Draft, withAdopted, withoutSources, withRedrafted } from "./sources.ts";
import { allDestinations, otherOfName, type Place, type Store, timestamp } from "./store.ts";

/** An intention that changes its destination, and so the record that it stands in. */
export type Move = {
  readonly place: Place;
  readonly destination: string;
  readonly draft: Draft;
  /** What is thrown when another intention of the pair exists. */
  readonly duplicate: (other: SourceIntention, destination: string) => Error;
};

/**
 * Moves an intention to another destination: it is written there, then taken away here, so that at no moment it holds for neither.
 * Whoever takes it away has moved it; when someone else was faster, by a deletion or another move, this one is taken back.
 *
 * Gives the revision at which all of it is done, or undefined when the intention was gone.
 */
export async function moveIntention(store: Store, move: Move): Promise<number | undefined> {
  const { place, destination, draft, duplicate } = move;
  const { ID } = place.source;
  const now = timestamp(store);
  const written = await store.bucket.change("destination", [destination], (stored) => {
    const other = otherOfName(stored, draft.Name, ID);
    if (other !== undefined) throw duplicate(other, destination);
    // A move that was cut short may have left it there.
    if (stored?.value.Sources.some((source) => source.ID === ID)) return withRedrafted(stored, ID, draft, now);
    return withAdopted(destination, stored, { ...place.source, ...draft, UpdatedAt: now });
  });
  const taken = await takeAway(store, place.destination, ID);
  if (taken !== undefined) return Math.max(written, taken);
  await takeAway(store, destination, ID);
  return undefined;
}

/** Takes an intention away; gives the revision at which it is gone from there, or undefined when it was not there. */
export async function takeAway({ bucket }: Store, destination: string, id: string): Promise<number | undefined> {
  let found = false;
  const revision = await bucket.change("destination", [destination], (stored) => {
    found = stored?.value.Sources.some(({ ID }) => ID === id) ?? false;
    return withoutSources(stored, ({ ID }) => ID === id);
  });
  return found ? revision : undefined;
}

/** A move takes milliseconds; one that is still half done after this was cut short. */
const MOVE_TIME_MS = 60_000;

/** Finishes moves that were cut short, now and then until `signal` aborts; a failure is told, and the next time is another chance. */
export async function keepMovesFinished(
  store: Store,
  { clock, signal, log }: Pick<ServiceContext<unknown>, "clock" | "signal" | "log">,
): Promise<void> {
  const wait = () => clock.sleep(MOVE_TIME_MS, signal).catch(() => {});
  for (await wait(); !signal.aborted; await wait()) {
    await finishMoves(store).catch((error: unknown) => log.warn({ error }, "cut short moves not finished"));
  }
}

/** Finishes moves whose process ended half way: where an ID stands under two destinations for long, the newer is right. */
export async function finishMoves(store: Store): Promise<void> {
  const newest = new Map<string, Place>();
  const older: Place[] = [];
  for (const { Name: destination, Sources } of await allDestinations(store)) {
    for (const source of Sources) {
      const place = { destination, source };
      const rival = newest.get(source.ID);
      const newer = rival === undefined || rival.source.ModifyIndex < source.ModifyIndex;
      if (newer) newest.set(source.ID, place);
      if (rival !== undefined) older.push(newer ? rival : place);
    }
  }
  for (const { destination, source } of older) {
    const movedAt = Date.parse(newest.get(source.ID)?.source.UpdatedAt ?? "");
    if (store.now() - movedAt >= MOVE_TIME_MS) await takeAway(store, destination, source.ID);
  }
}
