import type { PathState } from "@causeway/bus";
import { type LeafState, leafName } from "@causeway/routes";
import { type Watch, watchKey } from "./watch.ts";

/** Whether a leaf is at hand, or not asked for to the end yet. */
export type LeafProgress = LeafState | { readonly ready: "asking" };

/** What can be read. */
export type Readable = {
  readonly state: (watch: Watch) => {
    readonly from: "unread" | "restored" | "bucket" | "unreachable";
    readonly records: ReadonlyMap<string, unknown>;
  };
  readonly path: (datacenter: string) => PathState;
  readonly last: (watch: Watch) => unknown;
  /** By the name of the leaf. */
  readonly leafProgress: (name: string) => LeafProgress;
};

/** How a compile function looks at what is known. What it reads is what is followed on its behalf, for as long as it reads it. */
export type Read = {
  /** The record of a watch for one record, or undefined when there is none. */
  readonly one: <T>(watch: Watch<T>) => T | undefined;
  /** As `one`, but a record that has been taken away is what it last was. */
  readonly last: <T>(watch: Watch<T>) => T | undefined;
  /** The records of a watch, in the order of their keys. */
  readonly all: <T>(watch: Watch<T>) => readonly T[];
  /** Whether another datacenter can be reached now, so that what is known of it is up to date. */
  readonly reachable: (datacenter: string) => boolean;
  /**
   * Whether the leaf certificate for a service is at hand, with these names in the DNS besides, if any; it is got and renewed for as long
   * as it is read.
   */
  readonly leaf: (service: string, dnsNames?: readonly string[]) => LeafState;
};

/** Something that a compile function has read. */
export type Need =
  | { readonly kind: "watch"; readonly watch: Watch }
  | { readonly kind: "path"; readonly datacenter: string }
  | ({ readonly kind: "leaf" } & LeafWish);

/** Whose leaf is wanted, and under which names in the DNS besides. */
export type LeafWish = { readonly service: string; readonly dnsNames?: readonly string[] };

/** What a compile function gave or threw, and all that it has read on the way. */
export type Tracked<T> = {
  readonly outcome:
    | { readonly kind: "value"; readonly value: T }
    | { readonly kind: "failed"; readonly error: unknown };
  readonly needs: ReadonlyMap<string, Need>;
  /** What was not known yet when it was read; the value is only to be used when this is empty. */
  readonly unread: readonly string[];
};

/** The key by which a need is told from others. */
export function needKey(need: Need): string {
  switch (need.kind) {
    case "watch":
      return watchKey(need.watch);
    case "path":
      return `path/${need.datacenter}`;
    case "leaf":
      return leafKey(leafName(need.service, need.dnsNames));
  }
}

/** The key of the need for the leaf of this name. */
export function leafKey(name: string): string {
  return `leaf/${name}`;
}

/** Runs a compile function and keeps what it reads. */
export function track<T>(readable: Readable, compile: (read: Read) => T): Tracked<T> {
  const needs = new Map<string, Need>();
  const unread = new Set<string>();
  const note = (need: Need, known: boolean) => {
    const key = needKey(need);
    needs.set(key, need);
    if (!known) unread.add(key);
  };
  const records = (watch: Watch) => {
    const { from, records } = readable.state(watch);
    note({ kind: "watch", watch }, from !== "unread");
    return records;
  };
  // A watch says what its records are, and each has been checked against that schema when it was read.
  const one = <R>(watch: Watch<R>) => records(watch).values().next().value as R | undefined;
  const read: Read = {
    one,
    last: <R>(watch: Watch<R>) => one(watch) ?? (readable.last(watch) as R | undefined),
    all: <R>(watch: Watch<R>) =>
      [...records(watch)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value as R),
    reachable: (datacenter) => {
      const state = readable.path(datacenter);
      note({ kind: "path", datacenter }, state !== "unheard");
      return state === "open";
    },
    leaf: (service, dnsNames = []) => {
      const state = readable.leafProgress(leafName(service, dnsNames));
      note({ kind: "leaf", service, dnsNames }, state.ready !== "asking");
      return state.ready === "asking" ? { ready: false, reason: "its certificate is being requested" } : state;
    },
  };
  return { outcome: attempt(() => compile(read)), needs, unread: [...unread] };
}

function attempt<T>(work: () => T): Tracked<T>["outcome"] {
  try {
    return { kind: "value", value: work() };
  } catch (error) {
    return { kind: "failed", error };
  }
}
