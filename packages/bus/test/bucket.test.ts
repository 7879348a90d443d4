import { describe, expect, test } from "vitest";
import { Bucket, BusError } from "../src/index.ts";
import { connectTo, natsForFile, newBucket } from "./support.ts";

const nats = natsForFile();

const conflict = expect.objectContaining({ failure: expect.objectContaining({ code: "CONFLICT" }) });

describe("a bucket", () => {
  test("gives back what was written, with its revision, under names that are no legal keys", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const revision = await bucket.create("counter", ["a.b c", "*", ""], { Count: 1 });
    expect(await bucket.get("counter", "a.b c", "*", "")).toEqual({ value: { Count: 1 }, revision });
    expect(await bucket.get("counter", "a.b c")).toBeUndefined();
  });

  test("refuses a second create and an update of an old revision", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const first = await bucket.create("counter", ["a"], { Count: 1 });
    await expect(bucket.create("counter", ["a"], { Count: 9 })).rejects.toEqual(conflict);
    const second = await bucket.update("counter", ["a"], { Count: 2 }, first);
    await expect(bucket.update("counter", ["a"], { Count: 9 }, first)).rejects.toEqual(conflict);
    await expect(bucket.remove("counter", ["a"], first)).rejects.toEqual(conflict);
    expect(await bucket.get("counter", "a")).toEqual({ value: { Count: 2 }, revision: second });
  });

  test("takes a record away at its revision, tells the revision of that, and lets it be created again", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const created = await bucket.create("counter", ["a"], { Count: 1 });
    const removed = await bucket.remove("counter", ["a"], created);
    expect(removed).toBe(created + 1);
    expect(await bucket.get("counter", "a")).toBeUndefined();
    expect(await bucket.create("counter", ["a"], { Count: 2 })).toBe(removed + 1);
  });

  test("writes on only where nothing at all has been written since", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const first = await bucket.writeAfter(0, "counter", ["a"], { Count: 1 });
    await expect(bucket.writeAfter(0, "counter", ["b"], { Count: 9 })).rejects.toEqual(conflict);
    const second = await bucket.writeAfter(first, "counter", ["b"], { Count: 2 });
    await expect(bucket.writeAfter(first, "counter", ["a"], undefined)).rejects.toEqual(conflict);
    const third = await bucket.writeAfter(second, "counter", ["a"], undefined);
    expect(await bucket.get("counter", "a")).toBeUndefined();
    expect(await bucket.get("counter", "b")).toEqual({ value: { Count: 2 }, revision: second });
    expect(third).toBe(second + 1);
  });

  test("writes nothing that is against the schema", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const write = async () => await bucket.create("counter", ["a"], { Count: -1 });
    await expect(write()).rejects.toThrow("counter.a is not valid: Count must be >= 0");
    expect(await bucket.get("counter", "a")).toBeUndefined();
  });

  test("is made by whichever replica comes first, and opened by the others", async () => {
    await using one = await connectTo(nats());
    await using other = await connectTo(nats());
    const definition = newBucket();
    const [first, second] = await Promise.all([Bucket.open(one, definition), Bucket.open(other, definition)]);
    const revision = await first.create("counter", ["a"], { Count: 1 });
    expect(await second.get("counter", "a")).toEqual({ value: { Count: 1 }, revision });
  });

  test("an unreadable record fails its own reading and no other", async () => {
    await using bus = await connectTo(nats());
    const definition = newBucket();
    const bucket = await Bucket.open(bus, definition);
    const kv = await bus.kvm.open(definition.name);
    await kv.put("counter.broken", "not msgpack");
    await bucket.create("counter", ["sound"], { Count: 1 });
    await expect(bucket.get("counter", "broken")).rejects.toThrow(BusError);
    expect((await bucket.get("counter", "sound"))?.value).toEqual({ Count: 1 });
  });
});

describe("change", () => {
  test("creates, updates and removes, and writes nothing when all stays as it is", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const nothing = await bucket.change("counter", ["a"], () => undefined);
    const created = await bucket.change("counter", ["a"], () => ({ Count: 1 }));
    const updated = await bucket.change("counter", ["a"], (current) => ({ Count: (current?.value.Count ?? 0) + 1 }));
    const unchanged = await bucket.change("counter", ["a"], (current) => current?.value);
    const removed = await bucket.change("counter", ["a"], () => undefined);
    expect([nothing, created, updated, unchanged, removed]).toEqual([
      0,
      created,
      created + 1,
      created + 1,
      created + 2,
    ]);
  });

  test("loses no update when two replicas change one record at the same time", async () => {
    await using one = await connectTo(nats());
    await using other = await connectTo(nats());
    const definition = newBucket();
    const replicas = await Promise.all([one, other].map((bus) => Bucket.open(bus, definition)));
    const append = (bucket: (typeof replicas)[number], number: number) =>
      bucket.change("list", ["a"], (current) => [...(current?.value ?? []), number]);
    const revisions = await Promise.all(
      replicas.flatMap((bucket, replica) => Array.from({ length: 100 }, (_, n) => append(bucket, replica * 100 + n))),
    );
    const list = (await replicas[0]?.get("list", "a"))?.value ?? [];
    expect([...list].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(new Set(revisions).size).toBe(200);
  });

  test("creates a record once when two replicas find none", async () => {
    await using one = await connectTo(nats());
    await using other = await connectTo(nats());
    const definition = newBucket();
    const replicas = await Promise.all([one, other].map((bus) => Bucket.open(bus, definition)));
    const revisions = await Promise.all(
      replicas.map((bucket, n) => bucket.change("counter", ["a"], (current) => current?.value ?? { Count: n })),
    );
    expect(revisions[0]).toBe(revisions[1]);
  });

  test("passes on what the decision throws, and goes on with the next change of the key", async () => {
    await using bus = await connectTo(nats());
    const bucket = await Bucket.open(bus, newBucket());
    const refuse = () => {
      throw new Error("no");
    };
    const [refused, done] = await Promise.allSettled([
      bucket.change("counter", ["a"], refuse),
      bucket.change("counter", ["a"], () => ({ Count: 1 })),
    ]);
    expect(refused).toMatchObject({ status: "rejected", reason: { message: "no" } });
    expect(done.status).toBe("fulfilled");
  });
});
