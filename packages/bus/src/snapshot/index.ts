/**
 * All state of a datacenter as one file, for backups; for whoever has the operator's credentials, since nobody else may read and write
 * every bucket.
 *
 * @example
 * ```ts
 * const bus = await connectBus({ ...address, name: "snapshot", role: OPERATOR, log });
 * await writeFile(path, packSnapshot(await readBuckets(bus, Date.now())), { mode: 0o600 });
 * const { written, removed } = await writeBuckets(bus, unpackSnapshot(await readFile(path)));
 * ```
 *
 * @module
 */
export { readBuckets } from "./read-buckets.ts";
export { indexOf, type SavedBucket, type SavedRecord, type Snapshot, SnapshotError } from "./snapshot.ts";
export { packSnapshot, SNAPSHOT_VERSION, unpackSnapshot } from "./snapshot-file.ts";
export { type Restored, writeBuckets } from "./write-buckets.ts";
