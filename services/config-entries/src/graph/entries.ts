import type { ConfigEntryKind } from "@causeway/model";
import type { Draft } from "../kinds/kind.ts";

/** Config entries as a check sees them. */
export type Entries = {
  /** The entry of this kind and name, or undefined. */
  readonly get: <K extends ConfigEntryKind>(kind: K, name: string) => Draft<K> | undefined;
  /** Every entry of this kind. */
  readonly list: <K extends ConfigEntryKind>(kind: K) => readonly Draft<K>[];
};

/** An entry as it would be after a write; undefined where it would be gone. */
export type Proposed = { readonly kind: ConfigEntryKind; readonly name: string; readonly entry: Draft | undefined };

/** Entries as they would be after a write. */
export function withProposed(entries: Entries, { kind, name, entry }: Proposed): Entries {
  return {
    get: <K extends ConfigEntryKind>(wanted: K, wantedName: string) =>
      wanted === (kind as ConfigEntryKind) && wantedName === name
        ? (entry as Draft<K> | undefined)
        : entries.get(wanted, wantedName),
    list: <K extends ConfigEntryKind>(wanted: K) => {
      if (wanted !== (kind as ConfigEntryKind)) return entries.list(wanted);
      const others = entries.list(wanted).filter((other) => other.Name !== name);
      return entry === undefined ? others : [...others, entry as Draft<K>];
    },
  };
}
