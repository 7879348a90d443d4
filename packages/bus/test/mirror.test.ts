import { expect, test } from "vitest";
import { Bucket, Mirror } from "../src/index.ts";
import { connectTo, followed, natsForFile, newBucket } from "./support.ts";

const nats = natsForFile();

test("an empty bucket is current at once, with nothing in it", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  await Bucket.open(bus, definition);
  using reading = followed(bus, definition);
  await reading.current;
  expect([...reading.mirror.entries()]).toEqual([]);
  expect(reading.mirror.current).toBe(true);
});

test("a prefix without keys is current although the bucket is full", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  await bucket.create("other", ["a"], { Count: 1 });
  using byKind = followed(bus, definition, { kind: "counter" });
  using byName = followed(bus, definition, { kind: "other", names: ["b"] });
  await Promise.all([byKind.current, byName.current]);
  expect([...byKind.mirror.entries(), ...byName.mirror.entries()]).toEqual([]);
});

test("a bucket whose last entry is a delete is read to its end", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const kept = await bucket.create("counter", ["kept"], { Count: 1 });
  const gone = await bucket.remove("counter", ["gone"], await bucket.create("counter", ["gone"], { Count: 2 }));
  using reading = followed(bus, definition);
  await reading.current;
  expect([...reading.mirror.entries()]).toEqual([["counter.kept", { value: { Count: 1 }, revision: kept }]]);
  expect(reading.mirror.revision).toBe(gone);
});

test("a bucket of nothing but deletes is read to its end", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  await bucket.remove("counter", ["gone"], await bucket.create("counter", ["gone"], { Count: 2 }));
  using reading = followed(bus, definition, { kind: "counter" });
  await reading.current;
  expect([...reading.mirror.entries()]).toEqual([]);
});

test("a record that is written again and again while its watch begins is read to its end", async () => {
  await using bus = await connectTo(nats());
  await using other = await connectTo(nats());
  const definition = newBucket();
  await Bucket.open(bus, definition);
  const bucket = await Bucket.open(other, definition);
  for (let at = 0; at < 60; at++) {
    const names = [`record-${at}`];
    using reading = followed(bus, definition, { kind: "counter", names, exact: true });
    // The moment in which the watch begins lies somewhere among the writes, in each round at another place.
    for (let waited = 0; waited < at % 12; waited++) await bus.kvm.open(definition.name);
    let revision = await bucket.create("counter", names, { Count: 0 });
    for (let count = 1; count < 4; count++)
      revision = await bucket.update("counter", names, { Count: count }, revision);
    await reading.current;
    await reading.mirror.reach(revision);
    expect(reading.mirror.get("counter", ...names)?.value).toEqual({ Count: 3 });
  }
});

test("a bucket that does not exist yet is followed from the moment it is made", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  using reading = followed(bus, definition);
  // It has been looked for in vain by the time that this is answered.
  await expect(bus.manager.streams.info(`KV_${definition.name}`)).rejects.toThrow("stream not found");
  expect(reading.mirror.current).toBe(false);
  const bucket = await Bucket.open(bus, definition);
  const revision = await bucket.create("counter", ["a"], { Count: 1 });
  await reading.mirror.reach(revision);
  expect(reading.mirror.get("counter", "a")?.value).toEqual({ Count: 1 });
  expect(bus.lines).toEqual([]);
});

test("each change is told once: what it is, where, at which revision", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const created = await bucket.create("counter", ["a.b", "*"], { Count: 1 });
  using reading = followed(bus, definition);
  await reading.current;
  const updated = await bucket.update("counter", ["a.b", "*"], { Count: 2 }, created);
  const removed = await bucket.remove("counter", ["a.b", "*"], updated);
  await reading.mirror.reach(removed);
  const at = { kind: "counter", names: ["a.b", "*"] };
  expect(reading.changes).toEqual([
    { ...at, revision: created, record: { value: { Count: 1 }, revision: created } },
    { ...at, revision: updated, record: { value: { Count: 2 }, revision: updated } },
    { ...at, revision: removed, record: undefined },
  ]);
});

test("a scope shows its own records only: a kind, names that begin alike, or one record", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  await bucket.create("counter", ["web", "1"], { Count: 1 });
  await bucket.create("counter", ["web-2", "1"], { Count: 2 });
  await bucket.create("list", [], [1]);
  await bucket.create("other", ["web"], { Count: 3 });
  using kind = followed(bus, definition, { kind: "counter" });
  using names = followed(bus, definition, { kind: "counter", names: ["web"] });
  using record = followed(bus, definition, { kind: "list", exact: true });
  await Promise.all([kind.current, names.current, record.current]);
  const keys = ({ mirror }: typeof kind) => [...mirror.entries()].map(([key]) => key);
  expect([keys(kind), keys(names), keys(record)]).toEqual([
    ["counter.web.1", "counter.web-2.1"],
    ["counter.web.1"],
    ["list"],
  ]);
});

test("an unreadable record is told and skipped, and its last good value stays", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const good = await bucket.create("counter", ["a"], { Count: 1 });
  using reading = followed(bus, definition);
  await reading.current;
  const kv = await bus.kvm.open(definition.name);
  await kv.put("counter.a", "not msgpack");
  await kv.put("unheard-of.a", "not msgpack");
  const last = await bucket.create("counter", ["b"], { Count: 2 });
  await reading.mirror.reach(last);
  expect(reading.mirror.get("counter", "a")).toEqual({ value: { Count: 1 }, revision: good });
  expect(reading.mirror.get("counter", "b")?.value).toEqual({ Count: 2 });
  expect(bus.lines).toEqual([
    {
      message: "record skipped",
      facts: { bucket: definition.name, filter: ">", key: "counter.a", reason: "cannot read message: not msgpack" },
    },
    {
      message: "record skipped",
      facts: {
        bucket: definition.name,
        filter: ">",
        key: "unheard-of.a",
        reason: `${definition.name} unheard-of.a is not valid: kind is not known`,
      },
    },
  ]);
});

test("a listener that fails is told of, and the copy is right nevertheless", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const ended = new AbortController();
  const fail = () => {
    throw new Error("no room");
  };
  const mirror = Mirror.follow(bus, definition, {}, ended.signal, { changed: fail, current: fail });
  await mirror.reach(await bucket.create("counter", ["a"], { Count: 1 }));
  await mirror.reach(await bucket.create("counter", ["b"], { Count: 2 }));
  expect([...mirror.entries()]).toHaveLength(2);
  expect(mirror.current).toBe(true);
  const facts = { bucket: definition.name, filter: ">", reason: "no room" };
  expect(bus.lines).toEqual(Array.from({ length: 3 }, () => ({ message: "listener failed", facts })));
  ended.abort();
});

test("reach waits for a write, and says so when it does not come", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  using reading = followed(bus, definition);
  const revision = await bucket.create("counter", ["a"], { Count: 1 });
  await reading.mirror.reach(revision);
  expect(reading.mirror.get("counter", "a")?.revision).toBe(revision);
  await expect(reading.mirror.reach(revision + 1, 20)).rejects.toMatchObject({
    failure: { code: "BEHIND", bucket: definition.name, revision: revision + 1, waitedMs: 20 },
  });
});

test("after catchUp a reader sees what anyone had written before", async () => {
  await using bus = await connectTo(nats());
  await using elsewhere = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(elsewhere, definition);
  using reading = followed(bus, definition, { kind: "counter" });
  await reading.mirror.catchUp();
  for (let count = 1; count <= 50; count++) {
    await bucket.change("counter", ["a"], () => ({ Count: count }));
    await reading.mirror.catchUp();
    expect(reading.mirror.get("counter", "a")?.value).toEqual({ Count: count });
  }
});

test("a mirror that is told to stop follows no further, be it early or late", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const early = followed(bus, definition);
  early.stop();
  const late = followed(bus, definition);
  await late.current;
  late.stop();
  using witness = followed(bus, definition);
  await witness.mirror.reach(await bucket.create("counter", ["a"], { Count: 1 }));
  expect([...early.changes, ...late.changes]).toEqual([]);
});

test("a thousand records and a change while they are read are all there", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  for (let first = 0; first < 1_000; first += 100) {
    const some = Array.from({ length: 100 }, (_, n) => first + n);
    await Promise.all(some.map((n) => bucket.create("counter", [`n${n}`], { Count: n })));
  }
  using reading = followed(bus, definition);
  const changed = await bucket.change("counter", ["n0"], () => ({ Count: 5_000 }));
  await Promise.all([reading.current, reading.mirror.reach(changed)]);
  expect([...reading.mirror.entries()]).toHaveLength(1_000);
  expect(reading.mirror.get("counter", "n0")?.value).toEqual({ Count: 5_000 });
});
