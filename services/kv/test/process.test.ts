import { ask, type Bus, connectBus, Mirror, Refusal } from "@causeway/bus";
import { BUCKETS, type KvOperation } from "@causeway/model";
import { createLogger } from "@causeway/runtime";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
/** With hundreds of requests at once on a busy machine the last one takes a while. */
const PATIENT = { timeoutMs: 60_000 };
const log = createLogger({ service: "test", level: "fatal" });

let nats: NatsServer;
let service: SpawnedProcess;
let bus: Bus;
let mirror: Mirror<typeof BUCKETS.kv>;
const stop = new AbortController();

function start(): Promise<SpawnedProcess> {
  const env = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json" };
  return spawnProcess(process.execPath, [MAIN], { env, readyWhen: (line) => line.includes('"ready"') });
}

beforeAll(async () => {
  nats = await startNatsServer();
  service = await start();
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  mirror = Mirror.follow(bus, BUCKETS.kv, {}, stop.signal);
});
afterAll(async () => {
  stop.abort();
  await bus?.drain();
  await service?.stop();
  await nats?.stop();
});

const base64 = (text: string) => Buffer.from(text).toString("base64");
const put = (Key: string, text: string, how: { CAS?: number; Acquire?: string; Release?: string } = {}) =>
  ask(bus, "kv.put", { Key, Value: base64(text), ...how }, PATIENT);
const transact = (...Operations: KvOperation[]) => ask(bus, "kv.transact", { Operations }, PATIENT);

async function shown(Key: string, { Index }: { readonly Index: number }) {
  await mirror.reach(Index);
  return mirror.get("entry", Key);
}

describe("keys", () => {
  test("are written once for what is there already", async () => {
    const first = await put("same", "x");
    expect(await put("same", "x")).toEqual(first);
    expect((await put("same", "y")).Index).toBeGreaterThan(first.Index);
  });

  test.each(["a/b", "*", " ", ".", "=any", "ä€🎈", "a.b/c d"])("can be called %j", async (key) => {
    const written = await put(key, "v");
    expect((await shown(key, written))?.value.Value).toBe(base64("v"));
  });

  test("are written and deleted only at the index that the writer has seen", async () => {
    const { Index } = await put("cas", "1", { CAS: 0 });
    expect(await put("cas", "2", { CAS: 0 })).toMatchObject({ Applied: false });
    const second = await put("cas", "2", { CAS: Index });
    expect(second.Applied).toBe(true);
    const remove = (CAS: number) => ask(bus, "kv.delete", { Key: "cas", CAS });
    expect(await remove(Index)).toMatchObject({ Applied: false });
    expect(await remove(second.Index)).toMatchObject({ Applied: true });
    expect(await remove(second.Index)).toMatchObject({ Applied: true });
  });

  test("lets one of many writers win who have seen the same", async () => {
    const tries = Array.from({ length: 20 }, (_, n) => put("race", String(n), { CAS: 0 }));
    expect((await Promise.all(tries)).filter(({ Applied }) => Applied)).toHaveLength(1);
  });

  test("take values up to the limit, and no longer ones", async () => {
    expect(await put("big", "x".repeat(524_288))).toMatchObject({ Applied: true });
    await expect(put("big", "x".repeat(524_289))).rejects.toEqual(
      new Refusal(413, 'Value for key "big" is too large (524289 > 524288 bytes)'),
    );
  });

  test("are refused when their names are too long for a record", async () => {
    expect(await put("k".repeat(3_072), "x")).toMatchObject({ Applied: true });
    await expect(put("/".repeat(1_025), "x")).rejects.toThrow("Key is too long (3075 > 3072 bytes as it is stored)");
  });

  test("of a tree go all at once, and those beside it stay", async () => {
    const keys = Array.from({ length: 600 }, (_, n) => `tree/${n}`);
    await Promise.all([...keys, "tree", "trees"].map((key) => put(key, "x")));
    const deleted = await ask(bus, "kv.delete-tree", { Prefix: "tree/" }, PATIENT);
    await mirror.reach(deleted.Index);
    expect(keys.filter((key) => mirror.get("entry", key) !== undefined)).toEqual([]);
    expect(mirror.get("entry", "tree")).toBeDefined();
    expect(mirror.get("entry", "trees")).toBeDefined();
    expect(await ask(bus, "kv.delete-tree", { Prefix: "tree/" })).toEqual({ Index: 0 });
  });
});

describe("transactions", () => {
  test("do all of it, and tell what they wrote and read", async () => {
    const done = await transact(
      { Verb: "set", Key: "t/1", Value: base64("one"), Flags: "18446744073709551615" },
      { Verb: "get", Key: "t/1" },
      { Verb: "check-not-exists", Key: "t/2" },
    );
    expect(done.Errors).toEqual([]);
    const entry = { Flags: "18446744073709551615", LockIndex: 0, CreateIndex: done.Index, ModifyIndex: done.Index };
    expect(done.Results).toEqual([
      { OpIndex: 0, Key: "t/1", Entry: { ...entry, Value: "" } },
      { OpIndex: 1, Key: "t/1", Entry: { ...entry, Value: base64("one") } },
    ]);
    expect((await shown("t/1", done))?.revision).toBe(done.Index);
  });

  test("do nothing when one operation fails", async () => {
    const before = await put("t/kept", "old");
    const failed = await transact(
      { Verb: "set", Key: "t/kept", Value: base64("new") },
      { Verb: "cas", Key: "t/kept", Index: before.Index, Value: "" },
      { Verb: "zap", Key: "t/kept" },
    );
    expect(failed.Errors).toEqual([
      { OpIndex: 1, What: 'failed to set key "t/kept", index is stale' },
      { OpIndex: 2, What: 'unknown KV verb "zap"' },
    ]);
    expect((await shown("t/kept", failed))?.value.Value).toBe(base64("old"));
  });

  test("count up without losing one, whoever else does it", async () => {
    const counted = "t/count";
    await put(counted, "0");
    const countUp = async () => {
      for (;;) {
        const { Results } = await transact({ Verb: "get", Key: counted });
        const entry = Results[0]?.Entry;
        if (entry === undefined) throw new Error("the key is gone");
        const next = base64(String(Number(Buffer.from(entry.Value, "base64").toString()) + 1));
        const { Errors } = await transact({ Verb: "cas", Key: counted, Index: entry.ModifyIndex, Value: next });
        if (Errors.length === 0) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, countUp));
    const { Results } = await transact({ Verb: "get", Key: counted });
    expect(Results[0]?.Entry.Value).toBe(base64("8"));
  });
});

test("two replicas move amounts between keys and lose none of it", async () => {
  await using _second = await start();
  const accounts = ["sum/a", "sum/b", "sum/c"] as const;
  for (const account of accounts) await put(account, "100");
  const numberOf = (Value: string) => Number(Buffer.from(Value, "base64").toString());
  const move = async (from: string, to: string) => {
    for (;;) {
      const { Results } = await transact({ Verb: "get", Key: from }, { Verb: "get", Key: to });
      const [source, target] = Results.map(({ Entry }) => Entry);
      if (source === undefined || target === undefined) throw new Error("an account is gone");
      const moved = await transact(
        { Verb: "cas", Key: from, Index: source.ModifyIndex, Value: base64(String(numberOf(source.Value) - 1)) },
        { Verb: "cas", Key: to, Index: target.ModifyIndex, Value: base64(String(numberOf(target.Value) + 1)) },
      ).catch(() => undefined);
      if (moved?.Errors.length === 0) return;
    }
  };
  const pairs = accounts.flatMap((from) => accounts.filter((to) => to !== from).map((to) => [from, to] as const));
  await Promise.all(pairs.map(([from, to]) => move(from, to)));
  const { Results } = await transact({ Verb: "get-tree", Key: "sum/" });
  expect(Results.map(({ Entry }) => numberOf(Entry.Value))).toEqual([100, 100, 100]);
});

test("what was acknowledged is there after the service was killed", async () => {
  const written = await Promise.all(Array.from({ length: 20 }, (_, n) => put(`kept/${n}`, String(n))));
  await service.kill9();
  service = await start();
  const after = await put("kept/after", "x");
  await mirror.reach(Math.max(after.Index, ...written.map(({ Index }) => Index)));
  for (let n = 0; n < 20; n++) expect(mirror.get("entry", `kept/${n}`)?.value.Value).toBe(base64(String(n)));
});
