import { type Bus, connectBus } from "@causeway/bus";
import { type Clock, createLogger, systemClock } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStore } from "../src/start-store.ts";
import type { Store } from "../src/store.ts";
import { transactionVerbs } from "../src/transact.ts";
import { noCatalog } from "./no-catalog.ts";

const log = createLogger({ service: "test", level: "fatal" });
const resources = new AsyncDisposableStack();
let bus: Bus;

beforeAll(async () => {
  const nats = resources.use(await startNatsServer());
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  resources.defer(() => bus.drain());
});
afterAll(() => resources.disposeAsync());

/** A replica of the owner, by a clock of its own. */
async function startReplica(clock: Clock = systemClock): Promise<Store> {
  const stop = new AbortController();
  const { store, keeper } = await startStore(bus, { clock, log, replicas: 1, signal: stop.signal });
  resources.defer(() => {
    keeper.close();
    stop.abort();
  });
  return store;
}

const transact = (store: Store, ...Operations: Parameters<typeof set>[]) =>
  transactionVerbs(store, noCatalog)["kv.transact"]({ Operations: Operations.map((one) => set(...one)) });

/** Writes a key, at an index only where one is given. */
function set(Key: string, Value: string, Index?: number) {
  return Index === undefined ? { Verb: "set", Key, Value } : { Verb: "cas", Key, Value, Index };
}

/** The same replica, which stops before it writes `key`, once, until it is told to go on. */
function heldBefore(store: Store, key: string) {
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const bucket = new Proxy(store.bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: readonly unknown[]) => {
        if (name === "update" && Array.isArray(args[1]) && args[1][0] === key) {
          reached.resolve();
          await goOn.promise;
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: { ...store, bucket }, reached: reached.promise, goOn: goOn.resolve };
}

const OLD = "MQ==";
const FIRST = "Mg==";
const SECOND = "Mw==";

test("what a replica has half written, and puts back, no transaction of another one is decided on", async () => {
  const [one, other] = await Promise.all([startReplica(), startReplica()]);
  const { Results } = await transact(one, ["a", OLD], ["b", OLD]);
  const [a = 0, b = 0] = Results.map(({ Entry }) => Entry.ModifyIndex);
  const held = heldBefore(one, "b");
  const first = transact(held.store, ["a", FIRST, a], ["b", FIRST, b]);
  await held.reached;
  const half = await one.bucket.get("entry", "a");
  expect(half?.value.Value).toBe(FIRST);
  const second = transact(other, ["a", SECOND, half?.revision], ["c", SECOND]);
  await one.bucket.change("entry", ["b"], (stored) => stored && { ...stored.value, Value: SECOND });
  held.goOn();
  expect((await first).Errors.map(({ What }) => What)).toContain('failed to set key "b", index is stale');
  expect((await second).Errors).toEqual([{ OpIndex: 0, What: 'failed to set key "a", index is stale' }]);
  expect((await one.bucket.get("entry", "a"))?.value.Value).toBe(OLD);
  expect(await one.bucket.get("entry", "c")).toBeUndefined();
  expect(await one.bucket.get("turn")).toBeUndefined();
});

test("a turn that a killed replica has left behind is taken over, in time", async () => {
  const clock = new FakeClock();
  const replica = await startReplica(clock);
  await replica.bucket.create("turn", [], { At: 0 });
  let over = false;
  const done = transact(replica, ["left", OLD], ["behind", OLD]).finally(() => {
    over = true;
  });
  const startMs = clock.now();
  while (!over) await clock.advance(10);
  expect((await done).Errors).toEqual([]);
  expect(clock.now() - startMs).toBeGreaterThan(5_000);
  expect(await replica.bucket.get("turn")).toBeUndefined();
});
