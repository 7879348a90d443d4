import type { BucketDefinition } from "@causeway/model";
import { BUCKETS } from "@causeway/model";

/** A record as it lies in its bucket, with the trace context of whoever wrote it. */
export type SavedRecord = { readonly key: string; readonly revision: number; readonly bytes: Uint8Array };

/** A bucket as it was at one of its revisions. */
export type SavedBucket = {
  readonly name: string;
  readonly revision: number;
  readonly records: readonly SavedRecord[];
};

/** The state of one datacenter. Of the CA it has the signing keys only as they are sealed. */
export type Snapshot = {
  readonly datacenter: string;
  readonly primaryDatacenter: string;
  /** Milliseconds since 1970. */
  readonly takenMs: number;
  readonly buckets: readonly SavedBucket[];
};

/** A snapshot that cannot be used, and why. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

/**
 * The order in which buckets are restored: a signing key before the root that it signs for, so that there is never a root which nobody
 * can sign with, and what decides about services before the services.
 */
const ORDER: readonly BucketDefinition[] = [
  BUCKETS.caKeys,
  BUCKETS.caRoots,
  BUCKETS.acl,
  BUCKETS.intentions,
  BUCKETS.configEntries,
  BUCKETS.federation,
  BUCKETS.kv,
  BUCKETS.catalog,
];

/** The buckets that a datacenter writes itself, which the others have copies of or know nothing of; in the order of restoring. */
export function ownBuckets(datacenter: string, primaryDatacenter: string): readonly BucketDefinition[] {
  return ORDER.filter(({ global }) => global !== true || datacenter === primaryDatacenter);
}

/** The highest revision in a snapshot, as Consul tells the index of one. */
export function indexOf({ buckets }: Snapshot): number {
  return Math.max(0, ...buckets.map(({ revision }) => revision));
}
