import type { ConfigEntry } from "@causeway/model";

/** The kinds of config entry that make up chains. */
export type ChainEntryKind =
  | "service-router"
  | "service-splitter"
  | "service-resolver"
  | "service-defaults"
  | "proxy-defaults";

/** An entry, whether it has been stored yet or not. */
export type ChainEntry<K extends ChainEntryKind> = Omit<
  Extract<ConfigEntry, { Kind: K }>,
  "CreateIndex" | "ModifyIndex"
>;

/** Where a compilation looks entries up. */
export type ChainEntries = {
  /** The entry of this kind and name, or undefined. */
  readonly get: <K extends ChainEntryKind>(kind: K, name: string) => ChainEntry<K> | undefined;
};

/** The one name of the defaults for all proxies. */
export const GLOBAL = "global";
