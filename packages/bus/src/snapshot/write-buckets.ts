import { headers } from "@nats-io/transport-node";
import type { Bus } from "../connection.ts";
import { permitted } from "../refused.ts";
import { readBucket } from "./read-buckets.ts";
import { ownBuckets, type SavedBucket, type Snapshot, SnapshotError } from "./snapshot.ts";

/** What restoring has changed. */
export type Restored = { readonly written: number; readonly removed: number };

/** Writes that are under way at the same time; NATS takes them in order. */
const AT_ONCE = 200;

type Write = { readonly bucket: string; readonly key: string; readonly bytes: Uint8Array | undefined };

/**
 * Makes the buckets of this datacenter hold what the snapshot does and nothing else. What is the same already is not written, so that it
 * can be done again after it was cut off. Owners and whoever follows a bucket see changes like any others, each with a new revision. A bucket that the
 * snapshot says nothing of stays as it is.
 *
 * Nothing is written unless the snapshot is of this datacenter and every bucket is there.
 *
 * @throws SnapshotError that says what does not fit; a BusError when NATS refuses.
 */
export async function writeBuckets(bus: Bus, snapshot: Snapshot): Promise<Restored> {
  refuseMisfit(bus, snapshot);
  const puts: Write[] = [];
  const removals: Write[] = [];
  for (const definition of ownBuckets(bus.datacenter, bus.primaryDatacenter)) {
    const wanted = snapshot.buckets.find(({ name }) => name === definition.name);
    if (wanted === undefined || wanted.records.length === 0) continue;
    const present = await readBucket(bus, definition);
    if (present === undefined) {
      throw new SnapshotError(
        `there is no bucket ${definition.name} to hold what it has: its owner makes one, start all services first`,
      );
    }
    puts.push(...toPut(wanted, present));
    removals.push(...toRemove(wanted, present));
  }
  await writeAll(bus, puts);
  // Last, since what is there now may still be in use until its successor is.
  await writeAll(bus, removals);
  return { written: puts.length, removed: removals.length };
}

function refuseMisfit(bus: Bus, { datacenter, primaryDatacenter, buckets }: Snapshot): void {
  if (datacenter !== bus.datacenter || primaryDatacenter !== bus.primaryDatacenter) {
    throw new SnapshotError(
      `it is of the datacenter ${datacenter} with the primary ${primaryDatacenter}, and this is ${bus.datacenter} with ${bus.primaryDatacenter}`,
    );
  }
  const own = new Set(ownBuckets(datacenter, primaryDatacenter).map(({ name }) => name));
  const foreign = buckets.find(({ name }) => !own.has(name));
  if (foreign !== undefined)
    throw new SnapshotError(`the datacenter ${datacenter} does not write the bucket ${foreign.name}`);
}

function toPut({ name, records }: SavedBucket, present: SavedBucket): Write[] {
  const there = new Map(present.records.map(({ key, bytes }) => [key, bytes]));
  return records.flatMap(({ key, bytes }) => {
    const known = there.get(key);
    return known !== undefined && Buffer.compare(known, bytes) === 0 ? [] : [{ bucket: name, key, bytes }];
  });
}

function toRemove({ name, records }: SavedBucket, present: SavedBucket): Write[] {
  const wanted = new Set(records.map(({ key }) => key));
  return present.records.flatMap(({ key }) => (wanted.has(key) ? [] : [{ bucket: name, key, bytes: undefined }]));
}

async function writeAll(bus: Bus, writes: readonly Write[]): Promise<void> {
  for (let at = 0; at < writes.length; at += AT_ONCE) {
    await bus.whenConnected();
    await Promise.all(writes.slice(at, at + AT_ONCE).map((write) => permitted(bus.role, () => publish(bus, write))));
  }
}

/** @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md */
async function publish(bus: Bus, { bucket, key, bytes = new Uint8Array() }: Write): Promise<void> {
  const marker = headers();
  if (bytes.byteLength === 0) marker.set("KV-Operation", "DEL");
  await bus.jetstream.publish(`$KV.${bucket}.${key}`, bytes, { headers: marker });
}
