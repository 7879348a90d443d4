import type { ConfigEntry, ConfigEntryKind, WeakShape } from "@causeway/model";

/** An entry before it has indexes. */
export type Draft<K extends ConfigEntryKind = ConfigEntryKind> = Omit<
  Extract<ConfigEntry, { Kind: K }>,
  "CreateIndex" | "ModifyIndex"
>;

/** What there is to know of one kind of config entry. */
export type KindRules<K extends ConfigEntryKind = ConfigEntryKind> = {
  readonly kind: K;
  /** Its fields besides Kind, Name and Meta. */
  readonly shape: WeakShape;
  /** The entry in its canonical form: defaults filled in, names that cannot be chosen set. */
  readonly normalise: (entry: Draft<K>) => Draft<K>;
  /** What is wrong with it even before its Meta is looked at, in Consul's words. */
  readonly earlyProblem?: (entry: Draft<K>) => string | undefined;
  /** The first other thing that is wrong with it; undefined when it is legal. */
  readonly problem: (entry: Draft<K>) => string | undefined;
  /** What is legal and yet hardly meant, for the log. */
  readonly warnings?: (entry: Draft<K>) => readonly string[];
};
