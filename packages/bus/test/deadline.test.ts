import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { decode, encode } from "../src/codec.ts";
import { answer, ask, Bucket } from "../src/index.ts";
import { connectTo, natsForFile, newBucket, type TestBus } from "./support.ts";

const nats = natsForFile();
const HOUR_MS = 3_600_000;
const SUBJECT = "causeway.dc1.catalog.force-leave";
const REQUEST = { Node: "n", Prune: false };

type Clock = Parameters<typeof connectTo>[2];

/** Somebody who asks and an owner, each by a clock of its own, and how often the owner has done something. */
async function askerAndOwner(askers: Clock, owners: Clock) {
  const asker = await connectTo(nats(), "asker", askers);
  const owner = await connectTo(nats(), "owner", owners);
  let done = 0;
  answer(owner, { "catalog.force-leave": async () => ({ Index: ++done }) });
  await owner.connection.flush();
  const end = async () => {
    await asker.drain();
    await owner.drain();
  };
  return { asker, owner, done: () => done, [Symbol.asyncDispose]: end };
}

test("a request that comes when whoever asked has given up is refused and not carried out, and the log says so", async () => {
  await using mesh = await askerAndOwner(new FakeClock(), new FakeClock(HOUR_MS));
  const { asker, owner, done } = mesh;
  const { data } = await asker.connection.request(SUBJECT, encode({ value: REQUEST, untilMs: HOUR_MS - 1 }));
  expect(decode(data).value).toEqual({ kind: "late", nowMs: HOUR_MS });
  expect(done()).toBe(0);
  const reason = "came 1 ms after whoever asked had given up: not carried out";
  expect(owner.lines).toEqual([{ message: "request refused", facts: { verb: "catalog.force-leave", reason } }]);

  await asker.connection.request(SUBJECT, encode({ value: REQUEST, untilMs: HOUR_MS }));
  expect(done()).toBe(1);
});

test("a request that says nothing of that, by an older release, is carried out", async () => {
  await using mesh = await askerAndOwner(new FakeClock(0), new FakeClock(HOUR_MS));
  await mesh.asker.connection.request(SUBJECT, encode({ value: REQUEST }));
  expect(mesh.done()).toBe(1);
});

test.each([
  ["ahead", HOUR_MS],
  ["behind", -HOUR_MS],
])("an owner whose clock is %s carries out what is in time, once", async (_, aheadMs) => {
  await using mesh = await askerAndOwner(new FakeClock(2 * HOUR_MS), new FakeClock(2 * HOUR_MS + aheadMs));
  expect(await ask(mesh.asker, "catalog.force-leave", REQUEST)).toEqual({ Index: 1 });
  expect(mesh.done()).toBe(1);
});

test("of an owner that refuses everything as late it is said that its clock differs", async () => {
  let ownersMs = 0;
  const leaping = { now: () => (ownersMs += HOUR_MS) };
  await using mesh = await askerAndOwner(new FakeClock(0), leaping);
  await expect(ask(mesh.asker, "catalog.force-leave", REQUEST)).rejects.toMatchObject({
    failure: { code: "CLOCKS_DIFFER", subject: SUBJECT },
  });
  expect(mesh.done()).toBe(0);
});

/** An owner that is held up before each of two writes, until it is told to go on. */
async function heldUp() {
  const clock = new FakeClock();
  const bus = await connectTo(nats(), "owner", clock);
  const bucket = await Bucket.open(bus, newBucket());
  const holds = [0, 1].map(() => ({ reached: Promise.withResolvers<void>(), goOn: Promise.withResolvers<void>() }));
  answer(bus, {
    "catalog.force-leave": async () => {
      for (const [n, { reached, goOn }] of holds.entries()) {
        reached.resolve();
        await goOn.promise;
        await bucket.create("counter", [String(n)], { Count: n });
      }
      return { Index: 2 };
    },
  });
  await bus.connection.flush();
  const answered = bus.connection.request(SUBJECT, encode({ value: REQUEST, untilMs: clock.now() + 1_000 }));
  const written = async () => (await Promise.all(["0", "1"].map((n) => bucket.get("counter", n)))).map(Boolean);
  return {
    clock,
    answer: async () => decode((await answered).data).value,
    written,
    reached: (n: number) => holds[n]?.reached.promise,
    goOn: (n: number) => holds[n]?.goOn.resolve(),
    [Symbol.asyncDispose]: () => bus.drain(),
  };
}

test("an owner that is held up before it writes anything writes nothing", async () => {
  await using owner = await heldUp();
  await owner.reached(0);
  await owner.clock.advance(1_001);
  owner.goOn(0);
  expect(await owner.answer()).toMatchObject({ kind: "late" });
  expect(await owner.written()).toEqual([false, false]);
});

test("an owner that is held up when it has begun to write finishes", async () => {
  await using owner = await heldUp();
  owner.goOn(0);
  await owner.reached(1);
  await owner.clock.advance(1_001);
  owner.goOn(1);
  expect(await owner.answer()).toEqual({ kind: "reply", value: { Index: 2 } });
  expect(await owner.written()).toEqual([true, true]);
});

/** An owner that does something when `goOn` resolves, which it waits for or not. */
async function doingLater(work: (bus: TestBus) => Promise<unknown>, waitedFor: boolean) {
  const clock = new FakeClock();
  const bus = await connectTo(nats(), "owner", clock);
  const goOn = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let later: Promise<unknown> = Promise.resolve();
  answer(bus, {
    "catalog.force-leave": async () => {
      later = goOn.promise.then(() => work(bus));
      reached.resolve();
      if (waitedFor) await later;
      return { Index: 0 };
    },
  });
  await bus.connection.flush();
  const answered = bus.connection.request(SUBJECT, encode({ value: REQUEST, untilMs: clock.now() + 1_000 }));
  await reached.promise;
  if (!waitedFor) await answered;
  await clock.advance(HOUR_MS);
  goOn.resolve();
  return { answered, later, [Symbol.asyncDispose]: () => bus.drain() };
}

test("what an answer leaves to be done after it is bound by nothing", async () => {
  const write = async (bus: TestBus) =>
    (await Bucket.open(bus, newBucket())).create("counter", ["later"], { Count: 1 });
  await using owner = await doingLater(write, false);
  expect(await owner.later).toBe(1);
});

test("an owner that is held up before it asks another one does not ask it", async () => {
  let asked = 0;
  const handOn = async (bus: TestBus) => {
    answer(bus, { "catalog.reflect": async () => ({ Index: ++asked }) });
    await ask(bus, "catalog.reflect", { Revision: 1 });
  };
  await using owner = await doingLater(handOn, true);
  expect(decode((await owner.answered).data).value).toMatchObject({ kind: "late" });
  expect(asked).toBe(0);
});
