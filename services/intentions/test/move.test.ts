import { randomUUID } from "node:crypto";
import { Bucket, type Bus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { legacyVerbs } from "../src/legacy-verbs.ts";
import { finishMoves } from "../src/move.ts";
import { withAdopted } from "../src/sources.ts";
import { placesOf, type Store } from "../src/store.ts";
import { connectTo, intention, refusalOf } from "./support.ts";

const ended = new AbortController();
let nats: NatsServer;
let bus: Bus;
let store: Store;
let nowMs = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await connectTo(nats);
  const bucket = await Bucket.open(bus, BUCKETS.intentions);
  const mirror = Mirror.follow(bus, BUCKETS.intentions, { kind: "destination" }, ended.signal);
  store = { bucket, mirror, now: () => nowMs, newId: randomUUID };
});
afterAll(async () => {
  ended.abort();
  await bus.drain();
  await nats.stop();
});
beforeEach(async () => {
  await store.mirror.catchUp();
  for (const [, { value }] of store.mirror.entries()) {
    await store.bucket.change("destination", [value.Name], () => undefined);
  }
});

async function destinationsOf(id: string): Promise<string[]> {
  return (await placesOf(store, id)).map(({ destination }) => destination);
}

/** Leaves an intention as a process does that was killed in the middle of moving it from `db` to `cache`. */
async function cutShort(): Promise<string> {
  const { ID } = await legacyVerbs(store)["intentions.create"](intention("web=>db"));
  const [place] = await placesOf(store, ID);
  if (place === undefined) throw new Error("it has just been created");
  nowMs += 1;
  const UpdatedAt = new Date(nowMs).toISOString();
  await store.bucket.change("destination", ["cache"], (stored) =>
    withAdopted("cache", stored, { ...place.source, UpdatedAt }),
  );
  return ID;
}

test("a move that was cut short is finished after a minute, and not before: it may still be going on", async () => {
  const id = await cutShort();
  nowMs += 59_999;
  await finishMoves(store);
  expect(await destinationsOf(id)).toEqual(["cache", "db"]);
  nowMs += 1;
  await finishMoves(store);
  expect(await destinationsOf(id)).toEqual(["cache"]);
});

test("what was cut short can be moved on and deleted at once", async () => {
  const moved = await cutShort();
  await legacyVerbs(store)["intentions.update"]({ ID: moved, Intention: intention("web=>queue") });
  await legacyVerbs(store)["intentions.delete"]({ ID: moved });
  expect(await destinationsOf(moved)).toEqual([]);
});

test("of two moves at once both are done, one after the other, and the intention never stands twice", async () => {
  for (let round = 0; round < 10; round++) {
    const { ID } = await legacyVerbs(store)["intentions.create"](intention(`web${round}=>db`));
    const move = (to: string) =>
      refusalOf(legacyVerbs(store)["intentions.update"]({ ID, Intention: intention(`web${round}=>${to}`) }));
    expect(await Promise.all([move("cache"), move("queue")])).toEqual([undefined, undefined]);
    expect(await destinationsOf(ID)).toHaveLength(1);
  }
});

test("a deletion in the middle of a move wins", async () => {
  for (let round = 0; round < 10; round++) {
    const { ID } = await legacyVerbs(store)["intentions.create"](intention(`web${round}=>db`));
    const verbs = legacyVerbs(store);
    const [, deleted] = await Promise.all([
      refusalOf(verbs["intentions.update"]({ ID, Intention: intention(`web${round}=>cache`) })),
      refusalOf(verbs["intentions.delete"]({ ID })),
    ]);
    expect(deleted).toBeUndefined();
    expect(await destinationsOf(ID)).toEqual([]);
  }
});
