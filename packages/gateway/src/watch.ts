import { type KindOf, recordKey, type ValueOf } from "@causeway/bus";
import type { BUCKETS, BucketId } from "@causeway/model";

type Buckets = typeof BUCKETS;

/** A part of the control plane's state that a gateway follows: one record, or all those whose names begin alike. */
export type Watch<T = unknown> = {
  readonly bucket: BucketId;
  readonly kind: string;
  readonly names: readonly string[];
  /** Whether the names are a whole record's, or only the beginning of several. */
  readonly scope: "record" | "prefix";
  /** Whose state it is; absent for the datacenter of whoever follows it. */
  readonly datacenter?: string;
  /** Only there for the type checker: what a record is. */
  readonly record?: () => T;
};

/** Follows the one record of these names. */
export function recordOf<B extends BucketId, K extends KindOf<Buckets[B]>>(
  bucket: B,
  kind: K,
  ...names: readonly string[]
): Watch<ValueOf<Buckets[B], K>> {
  return { bucket, kind, names, scope: "record" };
}

/** Follows every record whose names begin with these. */
export function recordsUnder<B extends BucketId, K extends KindOf<Buckets[B]>>(
  bucket: B,
  kind: K,
  ...names: readonly string[]
): Watch<ValueOf<Buckets[B], K>> {
  return { bucket, kind, names, scope: "prefix" };
}

/** The same part of the state of another datacenter. */
export function inDatacenter<T>(datacenter: string, watch: Watch<T>): Watch<T> {
  return { ...watch, datacenter };
}

/** Tells watches apart: `catalog/instance.db.>`, `dc2:catalog/instance.db.>`. */
export function watchKey({ bucket, kind, names, scope, datacenter }: Watch): string {
  const whose = datacenter === undefined ? "" : `${datacenter}:`;
  return `${whose}${bucket}/${recordKey(kind, names)}${scope === "prefix" ? ".>" : ""}`;
}
