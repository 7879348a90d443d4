import {
  type Action,
  type DestinationIntentions,
  intentionPrecedence,
  type SourceIntention,
  withIndexes,
} from "@causeway/model";

/** All intentions of one destination, as they are stored and at which revision. */
export type StoredDestination = { readonly value: DestinationIntentions; readonly revision: number };

/** What an intention says, apart from the destination. */
export type Draft = {
  readonly Name: string;
  readonly Action: Action;
  readonly Description: string;
  readonly Meta: Readonly<Record<string, string>>;
};

/** What a new intention is given. */
export type Birth = { readonly id: string; readonly now: string };

/** The destination as a reader sees it, with real indexes, or one without intentions. */
export function readDestination(name: string, stored: StoredDestination | undefined): DestinationIntentions {
  if (stored !== undefined) return withIndexes(stored.value, stored.revision);
  return { Name: name, Sources: [], Meta: {}, CreateIndex: 0, ModifyIndex: 0 };
}

/**
 * The destination with `draft` among its sources. A source of that name keeps its ID and the time when it was created; a new one is
 * born. Gives the stored value itself when it says all of that already.
 */
export function withSource(
  name: string,
  stored: StoredDestination | undefined,
  draft: Draft,
  birth: Birth,
): DestinationIntentions {
  const current = readDestination(name, stored);
  const known = current.Sources.find(({ Name }) => Name === draft.Name);
  if (known === undefined) return changed(current, [...current.Sources, born(draft, birth)]);
  const next = redrafted(known, draft, birth.now);
  if (next === known && stored !== undefined) return stored.value;
  return changed(current, replaced(current.Sources, known, next));
}

/** The destination with the source of this ID redrafted, renamed perhaps; the stored value itself when nothing changes. */
export function withRedrafted(stored: StoredDestination, id: string, draft: Draft, now: string): DestinationIntentions {
  const current = readDestination(stored.value.Name, stored);
  const known = current.Sources.find(({ ID }) => ID === id);
  const next = known === undefined ? undefined : redrafted(known, draft, now);
  if (known === undefined || next === undefined || next === known) return stored.value;
  return changed(current, replaced(current.Sources, known, next));
}

/** The destination with a source that is taken over as it is, ID and all; it must have no source of that name. */
export function withAdopted(
  name: string,
  stored: StoredDestination | undefined,
  source: SourceIntention,
): DestinationIntentions {
  const current = readDestination(name, stored);
  return changed(current, [...current.Sources, { ...source, ModifyIndex: 0 }]);
}

/**
 * The destination without the sources that `gone` points out; undefined when none is left, and the stored value itself when nothing
 * changes.
 */
export function withoutSources(
  stored: StoredDestination | undefined,
  gone: (source: SourceIntention) => boolean,
): DestinationIntentions | undefined {
  if (stored === undefined || !stored.value.Sources.some(gone)) return stored?.value;
  const current = readDestination(stored.value.Name, stored);
  const kept = current.Sources.filter((source) => !gone(source));
  return kept.length === 0 ? undefined : changed(current, kept);
}

/**
 * The destination as a config entry says it: these sources and no others, and this meta. Sources that stay keep their ID and the time
 * when they were created. Gives the stored value itself when it says all of that already.
 */
export function withEntry(
  entry: Pick<DestinationIntentions, "Name" | "Meta"> & { readonly Sources: readonly Draft[] },
  stored: StoredDestination | undefined,
  birth: (draft: Draft) => Birth,
): DestinationIntentions {
  const current = readDestination(entry.Name, stored);
  const sources = byPrecedence(
    entry.Name,
    entry.Sources.map((draft) => {
      const known = current.Sources.find(({ Name }) => Name === draft.Name);
      return known === undefined ? born(draft, birth(draft)) : redrafted(known, draft, birth(draft).now);
    }),
  );
  const same =
    sources.length === current.Sources.length && sources.every((source, at) => source === current.Sources[at]);
  if (stored !== undefined && same && sameMap(current.Meta, entry.Meta)) return stored.value;
  return changed({ ...current, Meta: entry.Meta }, sources);
}

function born({ Name, Action, Description, Meta }: Draft, { id, now }: Birth): SourceIntention {
  const times = { CreatedAt: now, UpdatedAt: now };
  return { ID: id, Name, Action, Description, Meta, ...times, CreateIndex: 0, ModifyIndex: 0 };
}

/** The source with what the draft says; itself when it says that already. */
function redrafted(known: SourceIntention, { Name, Action, Description, Meta }: Draft, now: string): SourceIntention {
  const same = known.Name === Name && known.Action === Action && known.Description === Description;
  if (same && sameMap(known.Meta, Meta)) return known;
  return { ...known, Name, Action, Description, Meta, UpdatedAt: now, ModifyIndex: 0 };
}

/** 0 stands for the revision that the write will get. */
function changed(current: DestinationIntentions, sources: readonly SourceIntention[]): DestinationIntentions {
  return { ...current, Sources: byPrecedence(current.Name, sources), ModifyIndex: 0 };
}

/** Higher precedence first; among equals the order in which they came, which decides nothing. */
function byPrecedence(destination: string, sources: readonly SourceIntention[]): SourceIntention[] {
  const precedence = ({ Name }: SourceIntention) => intentionPrecedence(Name, destination);
  return [...sources].sort((a, b) => precedence(b) - precedence(a));
}

function replaced<T>(list: readonly T[], old: T, next: T): T[] {
  return list.map((item) => (item === old ? next : item));
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
