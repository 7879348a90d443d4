import type { BucketDefinition } from "@causeway/model";
import { JetStreamApiError } from "@nats-io/jetstream";
import type { Bus } from "../connection.ts";
import { permitted } from "../refused.ts";
import { ownBuckets, type SavedBucket, type SavedRecord, type Snapshot, SnapshotError } from "./snapshot.ts";

/** NATS: "stream not found". */
const STREAM_NOT_FOUND = 10_059;

/**
 * Reads all that this datacenter writes itself. Each bucket is as it was at one moment, and the buckets follow one another: a change that
 * spans two of them may be in one and not in the other. A bucket whose owner was never started is not among them.
 *
 * @throws SnapshotError when there is none at all; a BusError when NATS refuses.
 */
export async function readBuckets(bus: Bus, nowMs: number): Promise<Snapshot> {
  const { datacenter, primaryDatacenter } = bus;
  const buckets: SavedBucket[] = [];
  // The other way round than they are restored: a root is read first, and then the key that was there before it.
  for (const definition of ownBuckets(datacenter, primaryDatacenter).toReversed()) {
    const bucket = await readBucket(bus, definition);
    if (bucket !== undefined) buckets.push(bucket);
  }
  if (buckets.length === 0) throw new SnapshotError("there is no state: no service has made a bucket here");
  return { datacenter, primaryDatacenter, takenMs: nowMs, buckets };
}

/** Reads one bucket as it was at its last revision; undefined when it is not there. Throws a BusError when NATS refuses. */
export async function readBucket(bus: Bus, { name }: BucketDefinition): Promise<SavedBucket | undefined> {
  const records = new Map<string, SavedRecord>();
  let revision = await lastRevision(bus, name);
  if (revision === undefined) return undefined;
  if (revision === 0) return { name, revision, records: [] };
  const kv = await permitted(bus.role, () => bus.kvm.open(name));
  const entries = await permitted(bus.role, () => kv.watch({ key: ">" }));
  try {
    for await (const { key, operation, value, revision: at } of entries) {
      if (operation === "PUT") records.set(key, { key, revision: at, bytes: value });
      else records.delete(key);
      if (at < revision) continue;
      // What was overwritten while this was being read comes with its new revision, after the one that was the last.
      revision = (await lastRevision(bus, name)) ?? 0;
      if (at >= revision) break;
    }
  } finally {
    entries.stop();
  }
  return { name, revision, records: [...records.values()] };
}

async function lastRevision(bus: Bus, name: string): Promise<number | undefined> {
  try {
    return (await permitted(bus.role, () => bus.manager.streams.info(`KV_${name}`))).state.last_seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}
