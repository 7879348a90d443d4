import { expect, test } from "vitest";
import { encode } from "../src/codec.ts";
import { answer, Bucket, type Bus, type Change, givePart, Mirror, Refusal, recordKey } from "../src/index.ts";
import { connectTo, followed, natsForFile, newBucket, type TestBucket } from "./support.ts";

const nats = natsForFile();

/** A bucket whose owner gives parts of it. */
const newOwnedBucket = () => ({ ...newBucket(), readBy: "catalog.read" }) as const;

/** An owner that gives parts of its bucket from its own mirror, until its bus is drained. */
async function startOwner(bus: Bus, definition: TestBucket) {
  const bucket = await Bucket.open(bus, definition);
  const { promise: current, resolve } = Promise.withResolvers<void>();
  const mirror = Mirror.follow(bus, definition, {}, new AbortController().signal, { current: resolve });
  await current;
  const under = (kind: string, names: readonly string[]) =>
    [...mirror.entries()].map(([key]) => key).filter((key) => key.startsWith(`${recordKey(kind, names)}.`));
  let given = 0;
  answer(bus, {
    "catalog.read": async (request) => {
      const part = await givePart(mirror, under, request);
      given += 1;
      return part;
    },
  });
  await bus.connection.flush();
  return { bucket, given: () => given };
}

/** From where the consumers of a bucket began; undefined for one that had to look for what is there. */
async function beginnings(bus: Bus, { name }: TestBucket) {
  const consumers = await bus.manager.consumers.list(`KV_${name}`).next();
  return consumers.map(({ config }) => config.opt_start_seq);
}

const values = ({ mirror }: ReturnType<typeof followed>) =>
  [...mirror.entries()].map(([key, { value }]) => [key, value] as const).sort();

test("a part is what its owner gives of it, and then followed", async () => {
  await using bus = await connectTo(nats());
  await using owning = await connectTo(nats());
  const definition = newOwnedBucket();
  const { bucket, given } = await startOwner(owning, definition);
  const web = await bucket.create("counter", ["web", "1"], { Count: 1 });
  await bucket.create("counter", ["web", "2"], { Count: 2 });
  await bucket.create("counter", ["web-2", "1"], { Count: 3 });
  const last = await bucket.change("counter", ["web", "gone"], () => ({ Count: 4 }));
  const removed = await bucket.remove("counter", ["web", "gone"], last);
  using reading = followed(bus, definition, { kind: "counter", names: ["web"] });
  await reading.current;
  expect(values(reading)).toEqual([
    ["counter.web.1", { Count: 1 }],
    ["counter.web.2", { Count: 2 }],
  ]);
  expect(reading.mirror.get("counter", "web", "1")?.revision).toBe(web);
  expect(reading.mirror.revision).toBe(removed);
  expect(given()).toBe(1);

  await bucket.change("counter", ["web", "1"], () => undefined);
  await reading.mirror.reach(await bucket.create("counter", ["web", "3"], { Count: 5 }));
  expect(values(reading)).toEqual([
    ["counter.web.2", { Count: 2 }],
    ["counter.web.3", { Count: 5 }],
  ]);
  // The owner's own mirror, of all, begins with what is there.
  expect((await beginnings(bus, definition)).sort()).toEqual([removed + 1, undefined]);
});

test("one record is read and then followed, without an owner", async () => {
  await using bus = await connectTo(nats());
  const definition = newBucket();
  const bucket = await Bucket.open(bus, definition);
  const there = await bucket.create("counter", ["there"], { Count: 1 });
  const gone = await bucket.remove("counter", ["gone"], await bucket.create("counter", ["gone"], { Count: 2 }));
  const scopes = ["there", "gone", "never"].map((name) => ({ kind: "counter", names: [name], exact: true }) as const);
  const [first, second, third] = scopes.map((scope) => followed(bus, definition, scope));
  await Promise.all([first?.current, second?.current, third?.current]);
  const known = [first, second, third].map((reading) => [...(reading?.mirror.entries() ?? [])]);
  expect(known).toEqual([[["counter.there", { value: { Count: 1 }, revision: there }]], [], []]);
  await first?.mirror.reach(await bucket.update("counter", ["there"], { Count: 3 }, there));
  expect(first?.mirror.get("counter", "there")?.value).toEqual({ Count: 3 });
  expect(await beginnings(bus, definition)).toEqual([gone + 1, gone + 1, gone + 1]);
  for (const reading of [first, second, third]) reading?.stop();
});

test("no change is lost or told twice between the owner's answer and what follows, be it a removal", async () => {
  await using bus = await connectTo(nats());
  await using owning = await connectTo(nats());
  const definition = newOwnedBucket();
  const { bucket, given } = await startOwner(owning, definition);
  const names = (n: number) => ["web", `${n}`];
  for (let n = 0; n < 10; n++) await bucket.create("counter", names(n), { Count: 0 });
  const readings: ReturnType<typeof followed>[] = [];
  let last = 0;
  for (let round = 1; round <= 20; round++) {
    readings.push(followed(bus, definition, { kind: "counter", names: ["web"] }));
    const changes = [0, 1, 2].map((n) => bucket.change("counter", names((round + n) % 10), () => ({ Count: round })));
    const removal = bucket.change("counter", names((round + 3) % 10), () => undefined);
    last = Math.max(...(await Promise.all([...changes, removal])));
  }
  await Promise.all(readings.map(({ mirror }) => mirror.reach(last)));
  using witness = followed(bus, definition);
  await witness.current;
  for (const { mirror, changes, stop } of readings) {
    expect(new Map(mirror.entries())).toEqual(new Map(witness.mirror.entries()));
    const told = Map.groupBy(changes, ({ names }) => names.join("."));
    for (const [key, { length }] of told) expect(ascending(told.get(key) ?? []), key).toHaveLength(length);
    stop();
  }
  expect(given()).toBe(readings.length);
});

/** The changes that are newer than all before them. */
function ascending(changes: readonly Change<unknown>[]): readonly Change<unknown>[] {
  let newest = 0;
  return changes.filter(({ revision }) => {
    const newer = revision > newest;
    newest = Math.max(newest, revision);
    return newer;
  });
}

const refusing = (status: number, message: string) => async () => {
  throw new Refusal(status, message);
};
const giving = (record: { readonly Packed: unknown }, ofAnother?: string) => async (madeAt: string) => {
  return { MadeAt: ofAnother ?? madeAt, Revision: 1, Records: [{ Key: "counter.web.1", Revision: 1, ...record }] };
};

const unusable = [
  { name: "is not there", answers: undefined, told: undefined },
  { name: "finds the part too large", answers: refusing(413, "read the bucket itself"), told: undefined },
  { name: "fails", answers: refusing(500, "out of order"), told: "out of order" },
  {
    name: "knows another bucket of that name",
    answers: giving({ Packed: new Uint8Array() }, "2020-01-01T00:00:00Z"),
    told: undefined,
  },
  {
    name: "gives what is no record",
    answers: giving({ Packed: "{}" }),
    told: "counter.web.1 is not valid: Packed is not bytes",
  },
];

for (const { name, answers, told } of unusable) {
  test(`a part is read from the bucket itself when the owner ${name}`, async () => {
    await using bus = await connectTo(nats());
    await using owning = await connectTo(nats());
    const definition = newOwnedBucket();
    const bucket = await Bucket.open(owning, definition);
    const revision = await bucket.create("counter", ["web", "1"], { Count: 1 });
    const { created } = await bus.manager.streams.info(`KV_${definition.name}`);
    if (answers !== undefined) answer(owning, { "catalog.read": () => answers(String(created)) });
    await owning.connection.flush();
    using reading = followed(bus, definition, { kind: "counter", names: ["web"] });
    await reading.current;
    expect([...reading.mirror.entries()]).toEqual([["counter.web.1", { value: { Count: 1 }, revision }]]);
    expect(await beginnings(bus, definition)).toEqual([undefined]);
    expect(bus.lines.map(({ message, facts }) => [message, facts["reason"]])).toEqual(
      told === undefined ? [] : [["owner gave no part", expect.stringContaining(told)]],
    );
  });
}

test("an owner gives no part that is too large for one message", async () => {
  const part = givePart(
    {
      madeAt: "2026-01-01T00:00:00Z",
      revision: 1,
      reach: async () => {},
      entry: () => ({ value: "x".repeat(60_000), revision: 1 }),
    },
    () => Array.from({ length: 10 }, (_, n) => `counter.web.${n}`),
    { Kind: "counter", Names: ["web"], Revision: 1 },
  );
  await expect(part).rejects.toMatchObject({ status: 413 });
});

test("a record that cannot be read in what the owner gives is told of and skipped", async () => {
  await using bus = await connectTo(nats());
  await using owning = await connectTo(nats());
  const definition = newOwnedBucket();
  const bucket = await Bucket.open(owning, definition);
  const Revision = await bucket.create("counter", ["web", "1"], { Count: 1 });
  const { created: MadeAt } = await bus.manager.streams.info(`KV_${definition.name}`);
  const Records = [{ Key: "counter.web.1", Revision, Packed: encode({ value: { Count: -1 } }) }];
  answer(owning, { "catalog.read": async () => ({ MadeAt, Revision, Records }) });
  await owning.connection.flush();
  using reading = followed(bus, definition, { kind: "counter", names: ["web"] });
  await reading.current;
  expect(values(reading)).toEqual([]);
  expect(bus.lines).toEqual([
    {
      message: "record skipped",
      facts: {
        bucket: definition.name,
        filter: "counter.web.>",
        key: "counter.web.1",
        reason: `${definition.name} counter.web.1 is not valid: Count must be >= 0`,
      },
    },
  ]);
});
