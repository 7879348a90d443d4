import { startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { answer, ask, Bucket } from "../src/index.ts";
import { connectTo, followed, newBucket, type TestBucket, type TestBus } from "./support.ts";

/** How long a busy machine may take to have NATS back and read all again. */
const PATIENCE_MS = 60_000;

/** Resolves when the bus knows that its server is gone. */
async function disconnected(bus: TestBus): Promise<void> {
  for await (const status of bus.connection.status()) if (status.type === "disconnect") return;
}

async function fill(bus: TestBus, definition: TestBucket) {
  const bucket = await Bucket.open(bus, definition);
  await bucket.create("counter", ["kept"], { Count: 1 });
  await bucket.create("counter", ["changed"], { Count: 1 });
  await bucket.create("counter", ["deleted"], { Count: 1 });
  return bucket;
}

test("a mirror outlives SIGKILL of NATS: it keeps serving, then tells just what changed and drops what was deleted", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const definition = newBucket();
  const bucket = await fill(bus, definition);
  using reading = followed(bus, definition);
  await reading.current;
  reading.changes.length = 0;

  const gone = disconnected(bus);
  await nats.kill();
  await gone;
  expect(reading.mirror.current).toBe(true);
  expect(reading.mirror.get("counter", "deleted")?.value).toEqual({ Count: 1 });

  await nats.restart();
  // Written as soon as the server is back, so that the mirror has to find out about it, whichever of the two is faster.
  await bucket.change("counter", ["changed"], () => ({ Count: 2 }));
  await bucket.change("counter", ["added"], () => ({ Count: 3 }));
  const last = await bucket.change("counter", ["deleted"], () => undefined);
  await reading.mirror.reach(last, PATIENCE_MS);

  expect(Object.fromEntries([...reading.mirror.entries()].map(([key, { value }]) => [key, value]))).toEqual({
    "counter.kept": { Count: 1 },
    "counter.changed": { Count: 2 },
    "counter.added": { Count: 3 },
  });
  expect(reading.changes.map(({ names, record }) => [names[0], record?.value])).toEqual([
    ["changed", { Count: 2 }],
    ["added", { Count: 3 }],
    ["deleted", undefined],
  ]);
});

test("what was deleted without a trace while NATS was away is dropped", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const definition = newBucket();
  await fill(bus, definition);
  using reading = followed(bus, definition);
  await reading.current;

  // A mirror hears of a purge only by no longer meeting the record when it reads all again.
  await bus.manager.streams.purge(`KV_${definition.name}`, { filter: `$KV.${definition.name}.counter.deleted` });
  expect(reading.mirror.get("counter", "deleted")).toBeDefined();
  const gone = disconnected(bus);
  await nats.kill();
  await gone;
  await nats.restart();
  await bus.whenConnected();
  const bucket = await Bucket.open(bus, definition);
  await reading.mirror.reach(await bucket.create("counter", ["last"], { Count: 9 }), PATIENCE_MS);
  expect(reading.mirror.get("counter", "deleted")).toBeUndefined();
  expect(reading.changes.at(-1)).toMatchObject({ names: ["deleted"], record: undefined });
});

test("a server that comes back with an empty store is read as it is, though its revisions begin anew", async () => {
  await using store = await temporaryDirectory();
  await using empty = await temporaryDirectory();
  const nats = await startNatsServer({ storeDir: store.path });
  const { port } = nats;
  await using bus = await connectTo(nats);
  const definition = newBucket();
  await fill(bus, definition);
  using reading = followed(bus, definition);
  await reading.current;
  const { madeAt } = reading.mirror;
  await nats.stop();

  await using another = await startNatsServer({ storeDir: empty.path, port });
  await using writer = await connectTo(another);
  const bucket = await Bucket.open(writer, definition);
  const revision = await bucket.create("counter", ["kept"], { Count: 7 });
  expect(revision).toBe(1);
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  const push = reading.changes.push.bind(reading.changes);
  reading.changes.push = (...changes) => {
    if (changes.some(({ names }) => names[0] === "deleted")) resolve();
    return push(...changes);
  };
  await seen;
  expect([...reading.mirror.entries()]).toEqual([["counter.kept", { value: { Count: 7 }, revision: 1 }]]);
  expect(reading.mirror.revision).toBe(1);
  expect(Date.parse(reading.mirror.madeAt)).toBeGreaterThan(Date.parse(madeAt));
});

test("a bus drains at once when its server is away", async () => {
  await using nats = await startNatsServer();
  const bus = await connectTo(nats);
  using _reading = followed(bus, newBucket());
  const gone = disconnected(bus);
  await nats.kill();
  await gone;
  await bus.drain();
  expect(bus.connection.isClosed()).toBe(true);
});

test("a process that starts before NATS waits for it", async () => {
  await using nats = await startNatsServer();
  await nats.kill();
  const connecting = connectTo(nats);
  await nats.restart();
  await using bus = await connecting;
  expect(bus.connection.isClosed()).toBe(false);
});

test("what is asked while NATS is away is answered when it is back, or ends with a timeout", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const gone = disconnected(bus);
  await nats.kill();
  await gone;
  await expect(ask(bus, "ca.sign-leaf", { CSR: "" }, { timeoutMs: 50 })).rejects.toMatchObject({
    failure: { code: "TIMEOUT", subject: "causeway.dc1.ca.sign-leaf", waitedMs: 50, outcome: "not done" },
  });
  const asked = ask(bus, "intentions.match", { By: "source", Name: "web" }, { timeoutMs: PATIENCE_MS });
  answer(bus, { "intentions.match": async () => [] });
  await nats.restart();
  expect(await asked).toEqual([]);
});
