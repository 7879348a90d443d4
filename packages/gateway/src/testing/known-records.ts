import { type KindOf, type PathState, recordKey, type ValueOf } from "@causeway/bus";
import type { BUCKETS, BucketId } from "@causeway/model";
import { keyToken } from "@causeway/model";
import type { RouteTable } from "@causeway/routes";
import { Compiler } from "../compiler.ts";
import type { Plan } from "../plan.ts";
import { type LeafProgress, leafKey, type Readable } from "../read.ts";
import type { SourceState } from "../sources.ts";
import { type Watch, watchKey } from "../watch.ts";

type Buckets = typeof BUCKETS;

/** State in memory, all of it read to the end, and a leaf for everybody unless said. */
export class KnownRecords implements Readable {
  readonly #records = new Map<string, unknown>();
  readonly #last = new Map<string, unknown>();
  readonly #leaves = new Map<string, LeafProgress>();
  readonly #unread = new Set<string>();
  readonly #paths = new Map<string, PathState>();

  /** Says whether a datacenter can be reached, which it can unless told; gives the key of that. */
  setPath(datacenter: string, state: PathState): string {
    this.#paths.set(datacenter, state);
    return `path/${datacenter}`;
  }

  /** Writes a record of another datacenter. */
  putIn<B extends BucketId, K extends KindOf<Buckets[B]>>(
    datacenter: string,
    bucket: B,
    kind: K,
    names: readonly string[],
    value: ValueOf<Buckets[B], K>,
  ): void {
    this.#records.set(`${datacenter}:${bucket}/${recordKey(kind, names)}`, value);
  }

  /** Writes a record; gives the keys of the watches that see it. */
  put<B extends BucketId, K extends KindOf<Buckets[B]>>(
    bucket: B,
    kind: K,
    names: readonly string[],
    value: ValueOf<Buckets[B], K>,
  ): readonly string[] {
    const key = `${bucket}/${recordKey(kind, names)}`;
    this.#records.set(key, value);
    this.#last.set(key, value);
    return watchesOf(bucket, kind, names);
  }

  /** Takes a record away; gives the keys of the watches that saw it. */
  remove<B extends BucketId>(bucket: B, kind: KindOf<Buckets[B]>, names: readonly string[]): readonly string[] {
    this.#records.delete(`${bucket}/${recordKey(kind, names)}`);
    return watchesOf(bucket, kind, names);
  }

  /** Says how it stands with the leaf of this name; gives the key of that. */
  setLeaf(name: string, progress: LeafProgress): string {
    this.#leaves.set(name, progress);
    return leafKey(name);
  }

  /** Makes a watch one that has not been read to its end, or again one that has. */
  setUnread(watch: Watch, unread: "unread" | "read"): string {
    const key = watchKey(watch);
    if (unread === "unread") this.#unread.add(key);
    else this.#unread.delete(key);
    return key;
  }

  state(watch: Watch): SourceState {
    const key = watchKey(watch);
    if (this.#unread.has(key)) return { from: "unread", records: new Map() };
    const matches = (name: string) => (watch.scope === "record" ? name === key : name.startsWith(key.slice(0, -1)));
    return { from: "bucket", records: new Map([...this.#records].filter(([name]) => matches(name))) };
  }

  last(watch: Watch): unknown {
    return this.#last.get(watchKey(watch));
  }

  path(datacenter: string): PathState {
    return this.#paths.get(datacenter) ?? "open";
  }

  leafProgress(name: string): LeafProgress {
    return this.#leaves.get(name) ?? { ready: true };
  }
}

/** What a plan makes of all that is known, or what it waits for. */
export function compileOnce<I, P>(plan: Plan<I, P>, known: Readable): RouteTable | { readonly waitingFor: string } {
  const failed = (_: string, error: unknown) => {
    throw error;
  };
  const compiled = new Compiler(plan, known, { needed() {}, unneeded() {}, failed }).compile();
  if (compiled.kind === "table") return compiled.table;
  return { waitingFor: compiled.kind === "unchanged" ? "" : compiled.waitingFor };
}

function watchesOf(bucket: BucketId, kind: string, names: readonly string[]): readonly string[] {
  const tokens = [kind, ...names.map(keyToken)];
  const prefixes = tokens.map((_, at) => `${bucket}/${tokens.slice(0, at + 1).join(".")}.>`);
  return [`${bucket}/${tokens.join(".")}`, ...prefixes];
}
