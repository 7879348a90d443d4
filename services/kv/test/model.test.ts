import { answer, ask, type Bus, connectBus } from "@causeway/bus";
import type { CatalogTransacted } from "@causeway/model";
import { createLogger, systemClock } from "@causeway/runtime";
import { startNatsServer } from "@causeway/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStore } from "../src/start-store.ts";
import type { Store } from "../src/store.ts";
import { transactionVerbs } from "../src/transact.ts";
import { writeVerbs } from "../src/writes.ts";
import { noCatalog } from "./no-catalog.ts";

const log = createLogger({ service: "test", level: "fatal" });
const resources = new AsyncDisposableStack();
let bus: Bus;
let store: Store;

beforeAll(async () => {
  const nats = resources.use(await startNatsServer());
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  resources.defer(() => bus.drain());
  const stop = new AbortController();
  resources.defer(() => stop.abort());
  const started = await startStore(bus, { clock: systemClock, log, replicas: 1, signal: stop.signal });
  resources.defer(() => started.keeper.close());
  store = started.store;
  answer(bus, { ...writeVerbs(store), ...transactionVerbs(store, noCatalog) });
});
afterAll(() => resources.disposeAsync());

/** What the store should hold: by key, its value and the index at which that was written. */
type Model = Map<string, { readonly value: string; readonly index: number }>;

/** Which index a compare-and-set names: that of what is there, an old one, or that of a key that must not exist. */
type Seen = "current" | "stale" | "absent";

type Command =
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly seen: Seen | undefined }
  | { readonly kind: "delete"; readonly key: string; readonly seen: Seen | undefined }
  | { readonly kind: "delete-tree"; readonly prefix: string }
  | { readonly kind: "swap"; readonly from: string; readonly to: string; readonly value: string };

const key = fc.constantFrom("a", "a/", "a/b", "a/bc", "ab", "b", "ä", "*");
const value = fc.constantFrom("", "MQ==", "Mg==");
const seen = fc.option(fc.constantFrom<Seen>("current", "stale", "absent"), { nil: undefined });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key, value, seen }),
  fc.record({ kind: fc.constant("put" as const), key, value, seen }),
  fc.record({ kind: fc.constant("delete" as const), key, seen }),
  fc.record({ kind: fc.constant("delete-tree" as const), prefix: fc.constantFrom("", "a", "a/", "a/b", "z") }),
  fc.record({ kind: fc.constant("swap" as const), from: key, to: key, value }),
);

function indexFor(model: Model, name: string, named: Seen): number {
  const current = model.get(name)?.index ?? 0;
  return named === "absent" ? 0 : named === "current" ? current : current + 1_000_000;
}

/** Does one command here and there, and compares what both say of it. */
async function step(model: Model, did: Command): Promise<void> {
  switch (did.kind) {
    case "put": {
      const { key: Key, value: Value, seen: named } = did;
      const known = model.get(Key);
      const CAS = named === undefined ? undefined : indexFor(model, Key, named);
      const expected = CAS === undefined || CAS === (known?.index ?? 0);
      const reply = await ask(bus, "kv.put", CAS === undefined ? { Key, Value } : { Key, Value, CAS });
      expect(reply.Applied).toBe(expected);
      if (!expected) return;
      if (known?.value === Value) expect(reply.Index).toBe(known.index);
      model.set(Key, { value: Value, index: reply.Index });
      return;
    }
    case "delete": {
      const { key: Key, seen: named } = did;
      const known = model.get(Key);
      const CAS = named === undefined ? undefined : indexFor(model, Key, named);
      const expected = known === undefined || CAS === undefined || CAS === known.index;
      const reply = await ask(bus, "kv.delete", CAS === undefined ? { Key } : { Key, CAS });
      expect(reply.Applied).toBe(expected);
      if (expected) model.delete(Key);
      return;
    }
    case "delete-tree":
      await ask(bus, "kv.delete-tree", { Prefix: did.prefix });
      for (const name of [...model.keys()]) if (name.startsWith(did.prefix)) model.delete(name);
      return;
    case "swap": {
      const { from, to, value: Value } = did;
      const Index = model.get(from)?.index ?? 0;
      const Operations = [
        { Verb: "check-index", Key: from, Index },
        { Verb: "delete", Key: from },
        { Verb: "set", Key: to, Value },
      ];
      const { Errors, Results } = await ask(bus, "kv.transact", { Operations });
      expect(Errors.length === 0).toBe(model.has(from));
      if (Errors.length > 0) return;
      model.delete(from);
      model.set(to, { value: Value, index: Results.at(-1)?.Entry.ModifyIndex ?? 0 });
    }
  }
}

test("the store does what a map would, whatever is asked of it", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      await ask(bus, "kv.delete-tree", { Prefix: "" });
      const model: Model = new Map();
      for (const did of commands) await step(model, did);
      await store.mirror.catchUp();
      for (const name of ["a", "a/", "a/b", "a/bc", "ab", "b", "ä", "*"]) {
        const stored = store.mirror.get("entry", name);
        const held = stored && { value: stored.value.Value, index: stored.revision };
        expect([name, held]).toEqual([name, model.get(name)]);
      }
    }),
    { numRuns: 40 },
  );
});

/** The store as it is for a replica whose every write of `hot` comes just after one of another replica's. */
function rivalled(hot: string, times: number): Store {
  let left = times;
  const bucket = new Proxy(store.bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: readonly unknown[]) => {
        const writes = name === "create" || name === "update" || name === "remove";
        if (writes && Array.isArray(args[1]) && args[1][0] === hot && left-- > 0) {
          const entry = { Value: "", Flags: String(left), LockIndex: 0, CreateIndex: 0, ModifyIndex: 0 };
          await target.change("entry", [hot], () => entry);
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { ...store, bucket };
}

test("a transaction that loses to another replica is decided anew, and leaves nothing behind when it is given up", async () => {
  await ask(bus, "kv.delete-tree", { Prefix: "" });
  await ask(bus, "kv.put", { Key: "there", Value: "MQ==" });
  const Operations = [
    { Verb: "set", Key: "there", Value: "Mg==" },
    { Verb: "set", Key: "new", Value: "Mg==" },
    { Verb: "set", Key: "hot", Value: "Mg==" },
  ];
  const transact = (times: number) =>
    transactionVerbs(rivalled("hot", times), noCatalog)["kv.transact"]({ Operations });
  const values = async () => {
    const stored = await Promise.all(["there", "new", "hot"].map((name) => store.bucket.get("entry", name)));
    return stored.map((each) => each?.value.Value);
  };
  await expect(transact(100)).rejects.toThrow("transaction lost to other writers of its keys");
  expect(await values()).toEqual(["MQ==", undefined, ""]);
  expect((await transact(2)).Errors).toEqual([]);
  expect(await values()).toEqual(["Mg==", "Mg==", "Mg=="]);
});

test("keys are put back when the catalog refuses its part, or cannot be asked; nothing is written when it says so before", async () => {
  await ask(bus, "kv.delete-tree", { Prefix: "" });
  await ask(bus, "kv.put", { Key: "there", Value: "MQ==" });
  const operation = { Verb: "delete", Part: "Node", Registration: { Node: "n" } } as const;
  const Operations = [
    { Verb: "set", Key: "there", Value: "Mg==" },
    { Verb: "set", Key: "new", Value: "Mg==" },
  ];
  const refused = { Results: [], Errors: [{ OpIndex: 0, What: "stale" }], Index: 7 };
  const allowed = { Results: [], Errors: [], Index: 7 };
  const transact = async (rehearsed: CatalogTransacted, carriedOut: () => CatalogTransacted) => {
    const verbs = transactionVerbs(store, async ({ Rehearse }) => (Rehearse === true ? rehearsed : carriedOut()));
    return await verbs["kv.transact"]({ Operations, Catalog: [operation] });
  };
  const values = async () => {
    const stored = await Promise.all(["there", "new"].map((name) => store.bucket.get("entry", name)));
    return stored.map((each) => each?.value.Value);
  };
  const revision = (await store.bucket.get("entry", "there"))?.revision;
  expect(await transact(refused, () => allowed)).toMatchObject({ Errors: [], Catalog: refused });
  expect((await store.bucket.get("entry", "there"))?.revision).toBe(revision);
  expect(await transact(allowed, () => refused)).toMatchObject({ Errors: [], Catalog: refused });
  expect(await values()).toEqual(["MQ==", undefined]);
  const silent = () => {
    throw new Error("no answer");
  };
  await expect(transact(allowed, silent)).rejects.toThrow("no answer");
  expect(await values()).toEqual(["MQ==", undefined]);
  expect(await transact(allowed, () => allowed)).toMatchObject({ Errors: [], Catalog: allowed });
  expect(await values()).toEqual(["Mg==", "Mg=="]);
});
