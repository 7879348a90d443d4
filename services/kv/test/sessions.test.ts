import { answer, ask, Bucket, type Bus, connectBus } from "@causeway/bus";
import { BUCKETS, type CatalogCheck, type NodeRecord } from "@causeway/model";
import { createLogger } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { eventually, type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sessionVerbs } from "../src/sessions.ts";
import { startStore } from "../src/start-store.ts";
import type { Store } from "../src/store.ts";
import { transactionVerbs } from "../src/transact.ts";
import { writeVerbs } from "../src/writes.ts";
import { noCatalog } from "./no-catalog.ts";

const log = createLogger({ service: "test", level: "fatal" });
const clock = new FakeClock();
const resources = new AsyncDisposableStack();

let nats: NatsServer;
let bus: Bus;
let store: Store;
let catalog: Bucket<typeof BUCKETS.catalog>;

beforeAll(async () => {
  nats = resources.use(await startNatsServer());
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  resources.defer(() => bus.drain());
  catalog = await Bucket.open(bus, BUCKETS.catalog);
  await setNode("n1", "passing");
  const stop = new AbortController();
  resources.defer(() => stop.abort());
  const started = await startStore(bus, { clock, log, replicas: 1, signal: stop.signal });
  resources.defer(() => started.keeper.close());
  store = started.store;
  answer(bus, { ...writeVerbs(store), ...sessionVerbs(store), ...transactionVerbs(store, noCatalog) });
});
afterAll(() => resources.disposeAsync());

async function setNode(name: string, status: CatalogCheck["Status"]): Promise<void> {
  const indexes = { CreateIndex: 0, ModifyIndex: 0 };
  const check: CatalogCheck = {
    Node: name,
    CheckID: "serfHealth",
    Name: "",
    Status: status,
    Notes: "",
    Output: "",
    ServiceID: "",
    ServiceName: "",
    ServiceTags: [],
    Type: "",
    Definition: {},
    ...indexes,
  };
  const node: NodeRecord["Node"] = {
    ID: "",
    Node: name,
    Address: "10.0.0.1",
    Datacenter: "dc1",
    TaggedAddresses: null,
    Meta: null,
    ...indexes,
  };
  await catalog.change("node", [name], () => ({ Node: node, Checks: [check] }));
}

type Settings = { TTL?: string; Behavior?: string; LockDelay?: number; Node?: string; NodeChecks?: string[] };

async function session(settings: Settings = {}): Promise<string> {
  const request = { Name: "", Node: "n1", LockDelay: 0, Behavior: "release", TTL: "", NodeChecks: ["serfHealth"] };
  const { ID } = await ask(bus, "kv.create-session", { ...request, ...settings });
  return ID;
}

const lock = (Key: string, Acquire: string) => ask(bus, "kv.put", { Key, Value: "", Acquire });
const entryOf = async (key: string) => (await store.bucket.get("entry", key))?.value;
const exists = async (id: string) => (await store.bucket.get("session", id)) !== undefined;
const destroy = (ID: string) => ask(bus, "kv.destroy-session", { ID });
/** Resolves when the service itself has read what was written, so that its timers are set. */
const taken = () => store.mirror.catchUp();

describe("a session", () => {
  test("locks a key that no other has locked, and lets it go", async () => {
    const [one, two] = [await session(), await session()];
    expect(await lock("k", one)).toMatchObject({ Applied: true });
    expect(await lock("k", one)).toMatchObject({ Applied: true });
    expect(await lock("k", two)).toMatchObject({ Applied: false });
    expect(await entryOf("k")).toMatchObject({ Session: one, LockIndex: 1 });
    expect(await ask(bus, "kv.put", { Key: "k", Value: "", Release: two })).toMatchObject({ Applied: false });
    expect(await ask(bus, "kv.put", { Key: "k", Value: "", Release: one })).toMatchObject({ Applied: true });
    expect(await lock("k", two)).toMatchObject({ Applied: true });
    expect(await entryOf("k")).toMatchObject({ Session: two, LockIndex: 2 });
  });

  test("that is destroyed lets go or deletes its keys, and locks no more", async () => {
    const [keeps, deletes] = [await session(), await session({ Behavior: "delete" })];
    await Promise.all([lock("kept", keeps), lock("deleted", deletes)]);
    await Promise.all([destroy(keeps), destroy(deletes)]);
    expect(await entryOf("kept")).toEqual(expect.not.objectContaining({ Session: keeps }));
    expect(await entryOf("deleted")).toBeUndefined();
    await expect(lock("kept", keeps)).rejects.toThrow(`invalid session "${keeps}"`);
    expect(await exists(keeps)).toBe(false);
    expect(await ask(bus, "kv.renew-session", { ID: keeps })).toEqual({ Found: false });
    expect(await destroy(keeps)).toEqual({ Index: 0 });
  });

  test("that is not renewed ends after twice its TTL", async () => {
    const id = await session({ TTL: "10s" });
    await lock("ttl", id);
    await taken();
    await clock.advance(19_000);
    expect(await ask(bus, "kv.renew-session", { ID: id })).toEqual({ Found: true });
    await taken();
    await clock.advance(19_000);
    expect(await exists(id)).toBe(true);
    await clock.advance(1_000);
    await eventually(async () => expect(await exists(id)).toBe(false));
    expect(await entryOf("ttl")).toEqual(expect.not.objectContaining({ Session: id }));
  });

  test("that ends keeps others from its keys for its lock delay", async () => {
    const [first, second] = [await session({ LockDelay: 15e9 }), await session()];
    await lock("delay", first);
    await destroy(first);
    expect(await lock("delay", second)).toEqual({ Applied: false, Index: 0 });
    await taken();
    await clock.advance(14_999);
    expect(await lock("delay", second)).toMatchObject({ Applied: false });
    await clock.advance(1);
    await eventually(async () => expect(await lock("delay", second)).toMatchObject({ Applied: true }));
  });

  test("ends with the health of its node, and cannot begin without", async () => {
    await setNode("n2", "passing");
    const id = await session({ Node: "n2" });
    await taken();
    await setNode("n2", "critical");
    await eventually(async () => expect(await exists(id)).toBe(false));
    await expect(session({ Node: "n2" })).rejects.toThrow("Check 'serfHealth' is in critical state");
    await expect(session({ NodeChecks: ["none"] })).rejects.toThrow("Missing check 'none' registration");
    await expect(session({ Node: "n3" })).rejects.toThrow("Missing node registration");
    const free = await session({ Node: "n2", NodeChecks: [] });
    const { revision = 0 } = (await catalog.get("node", "n2")) ?? {};
    await catalog.remove("node", ["n2"], revision);
    await eventually(async () => expect(await exists(free)).toBe(false));
  });

  test.each([
    ["9s", "Invalid Session TTL '9000000000', must be between [10s=24h0m0s]"],
    ["25h", "Invalid Session TTL '90000000000000', must be between [10s=24h0m0s]"],
  ])("cannot have a TTL of %s", async (TTL, message) => {
    await expect(session({ TTL })).rejects.toThrow(message);
  });

  test("locks in a transaction, or not at all", async () => {
    const id = await session();
    const transact = (Session: string) =>
      ask(bus, "kv.transact", { Operations: [{ Verb: "lock", Key: "in-txn", Session }] });
    expect((await transact("nobody")).Errors).toEqual([{ OpIndex: 0, What: 'invalid session "nobody"' }]);
    expect((await transact(id)).Results).toMatchObject([{ Key: "in-txn", Entry: { Session: id, LockIndex: 1 } }]);
  });
});

test("what a crash left half ended is ended at the next start", async () => {
  const id = await session();
  await lock("half", id);
  await store.bucket.change("session", [id], (stored) => stored && { ...stored.value, Ended: true });
  await store.bucket.change("entry", ["orphan"], () => ({
    Value: "",
    Flags: "0",
    LockIndex: 1,
    Session: "gone",
    CreateIndex: 0,
    ModifyIndex: 0,
  }));
  await store.bucket.change("renewal", ["gone"], () => ({ At: 0 }));
  using stop = new DisposableStack();
  const ends = stop.adopt(new AbortController(), (controller) => controller.abort());
  const again = await startStore(bus, { clock, log, replicas: 1, signal: ends.signal });
  again.keeper.close();
  expect(await exists(id)).toBe(false);
  expect(await entryOf("half")).toEqual(expect.not.objectContaining({ Session: id }));
  expect(await entryOf("orphan")).toEqual(expect.not.objectContaining({ Session: "gone" }));
  expect(await store.bucket.get("renewal", "gone")).toBeUndefined();
});
