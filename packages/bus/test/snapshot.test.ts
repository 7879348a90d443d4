import { BUCKETS } from "@causeway/model";
import { startNatsServer } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { Bucket } from "../src/index.ts";
import { packSnapshot, readBuckets, type Snapshot, unpackSnapshot, writeBuckets } from "../src/snapshot/index.ts";
import { connectTo, type TestBus } from "./support.ts";

const POLICY = { bucket: "intentions", key: "settings.default-policy" };

/** A bus on which every bucket has been opened, as owners do when they start; disposing of it ends its server. */
async function openMesh(): Promise<AsyncDisposable & { readonly bus: TestBus }> {
  await using resources = new AsyncDisposableStack();
  const bus = resources.use(await connectTo(resources.use(await startNatsServer())));
  for (const definition of Object.values(BUCKETS)) await Bucket.open(bus, definition);
  const owned = resources.move();
  return { bus, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Writes and takes away so much that revisions differ from the number of records. */
async function fill(bus: TestBus): Promise<void> {
  const intentions = await Bucket.open(bus, BUCKETS.intentions);
  await intentions.change("settings", ["default-policy"], () => ({ Action: "allow" }));
  await intentions.change("settings", ["default-policy"], () => ({ Action: "deny" }));
  const keys = await Bucket.open(bus, BUCKETS.caKeys);
  await keys.change("key", ["root-1"], () => ({ Sealed: "c2VhbGVk" }));
  await keys.change("key", ["root-0"], () => ({ Sealed: "b2xk" }));
  await keys.change("key", ["root-0"], () => undefined);
}

/** The records of a snapshot, by bucket and key. */
function contentOf({ buckets }: Snapshot): Record<string, string> {
  const all = buckets.flatMap(({ name, records }) =>
    records.map(({ key, bytes }) => [`${name} ${key}`, String(bytes)]),
  );
  return Object.fromEntries(all.sort());
}

/** A snapshot of one record. */
function snapshotOf({ bucket, key }: { readonly bucket: string; readonly key: string }, bytes: Uint8Array): Snapshot {
  const buckets = [{ name: bucket, revision: 1, records: [{ key, revision: 1, bytes }] }];
  return { datacenter: "dc1", primaryDatacenter: "dc1", takenMs: 0, buckets };
}

describe("a snapshot", () => {
  test("holds what is there when it is read, and has another mesh hold that and nothing else", async () => {
    await using one = await openMesh();
    await using other = await openMesh();
    await fill(one.bus);
    const snapshot = unpackSnapshot(packSnapshot(await readBuckets(one.bus, 1_234)));
    expect(snapshot).toMatchObject({ datacenter: "dc1", takenMs: 1_234 });
    expect(Object.keys(contentOf(snapshot))).toEqual(["ca-keys key.root-1", "intentions settings.default-policy"]);
    expect(snapshot.buckets.find(({ name }) => name === "ca-keys")?.revision).toBe(3);

    const keys = await Bucket.open(other.bus, BUCKETS.caKeys);
    await keys.change("key", ["of-another-root"], () => ({ Sealed: "b3RoZXI=" }));
    expect(await writeBuckets(other.bus, snapshot)).toEqual({ written: 2, removed: 1 });
    expect(contentOf(await readBuckets(other.bus, 0))).toEqual(contentOf(snapshot));
    expect(await keys.get("key", "of-another-root")).toBeUndefined();
    // It may be done again, after having been cut off say.
    expect(await writeBuckets(other.bus, snapshot)).toEqual({ written: 0, removed: 0 });
  });

  test.each([
    {
      name: "another datacenter",
      change: { datacenter: "dc2", primaryDatacenter: "dc2" },
      text: /of the datacenter dc2/,
    },
    { name: "another primary", change: { primaryDatacenter: "dc2" }, text: /with the primary dc2/ },
  ])("of $name is refused, and changes nothing", async ({ change, text }) => {
    await using mesh = await openMesh();
    await fill(mesh.bus);
    const before = contentOf(await readBuckets(mesh.bus, 0));
    const empty: Snapshot = { datacenter: "dc1", primaryDatacenter: "dc1", takenMs: 0, buckets: [] };
    await expect(writeBuckets(mesh.bus, { ...empty, ...change })).rejects.toThrow(text);
    expect(contentOf(await readBuckets(mesh.bus, 0))).toEqual(before);
  });

  test("is neither read nor written where there are no buckets", async () => {
    await using nats = await startNatsServer();
    await using bus = await connectTo(nats);
    await expect(readBuckets(bus, 0)).rejects.toThrow(/there is no state/);
    const snapshot = snapshotOf(POLICY, new Uint8Array());
    await expect(writeBuckets(bus, snapshot)).rejects.toThrow(/no bucket intentions .*start all services first/);
  });

  test("has no bucket whose owner was never started", async () => {
    await using nats = await startNatsServer();
    await using bus = await connectTo(nats);
    await Bucket.open(bus, BUCKETS.intentions);
    expect((await readBuckets(bus, 0)).buckets).toEqual([{ name: "intentions", revision: 0, records: [] }]);
  });
});

describe("a file", () => {
  const file = Buffer.from(packSnapshot(snapshotOf(POLICY, new Uint8Array())));
  const headerEnd = file.indexOf("\n");

  const damages: readonly { readonly name: string; readonly bytes: Uint8Array; readonly text: RegExp }[] = [
    { name: "that is empty", bytes: Buffer.alloc(0), text: /is no snapshot/ },
    { name: "of something else", bytes: Buffer.from("PK\u0003\u0004 and so on"), text: /is no snapshot/ },
    { name: "that is cut short", bytes: file.subarray(0, -1), text: /cut short or damaged/ },
    { name: "with a bit that has turned", bytes: flipped(file, file.length - 9), text: /cut short or damaged/ },
    { name: "whose header is cut", bytes: file.subarray(0, headerEnd), text: /is no snapshot/ },
    {
      name: "of a later version",
      bytes: Buffer.concat([
        Buffer.from(String(file.subarray(0, headerEnd)).replace(" 1 ", " 9 ")),
        file.subarray(headerEnd),
      ]),
      text: /has version 9 of the format, and this release knows 1/,
    },
    { name: "with a record that is none", bytes: file, text: /cannot use a record of it/ },
    {
      name: "with a bucket that is not known",
      bytes: packSnapshot(snapshotOf({ bucket: "from-tomorrow", key: "a" }, new Uint8Array())),
      text: /knows no bucket "from-tomorrow"/,
    },
  ];

  test.each(damages)("$name is refused with the reason", ({ bytes, text }) => {
    expect(() => unpackSnapshot(bytes)).toThrow(text);
  });

  function flipped(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  }
});
