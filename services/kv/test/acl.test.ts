import { ask, Bucket, type Bus, connectBus } from "@causeway/bus";
import { DENY_BY_DEFAULT, outcomeOf, putTokens } from "@causeway/bus/testing";
import { BUCKETS, type Request, type Verb } from "@causeway/model";
import { createLogger } from "@causeway/runtime";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const log = createLogger({ service: "test", level: "fatal" });
const RULES = {
  root: 'key_prefix "" { policy = "write" } session_prefix "" { policy = "write" }',
  under: 'key_prefix "a/" { policy = "write" } key "a/locked" { policy = "read" } session "n1" { policy = "write" }',
};

let nats: NatsServer;
let bus: Bus;

function startKv(acls: Readonly<Record<string, string>>): Promise<SpawnedProcess> {
  const env = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json", ...acls };
  return spawnProcess(process.execPath, [MAIN], { env, readyWhen: (line) => line.includes('"ready"') });
}

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
});
afterAll(async () => {
  await bus?.drain();
  await nats?.stop();
});

type Asked = { readonly [V in Verb]: readonly [verb: V, request: Request<V>] }[Verb];
const put = (Key: string): Asked => ["kv.put", { Key, Value: "" }];
const set = (Key: string): Asked => ["kv.transact", { Operations: [{ Verb: "set", Key }] }];
const SESSION = { Name: "", LockDelay: 0, Behavior: "release", TTL: "", NodeChecks: [] };
const session = (Node: string): Asked => ["kv.create-session", { ...SESSION, Node }];

/** The same of a transaction too, whose errors are an answer. */
async function whatCameOf([verb, request]: Asked, Token?: string): Promise<string> {
  const asked = ask(bus, verb, { ...request, ...(Token === undefined ? {} : { Token }) });
  const outcome = await outcomeOf(asked);
  if (outcome !== "done") return outcome;
  const reply = await asked;
  const errors = "Errors" in reply ? reply.Errors : [];
  return errors.length === 0 ? "done" : JSON.stringify(errors);
}

const DENIED = "403 Permission denied";
const UNKNOWN = "403 ACL not found";
// The node is not there: whoever may ask learns so.
const NO_NODE = "500 Missing node registration";

describe("where ACLs are enabled", () => {
  let kv: SpawnedProcess;
  let ID: string;
  beforeAll(async () => {
    await putTokens(bus, RULES);
    kv = await startKv(DENY_BY_DEFAULT);
    const nodes = await Bucket.open(bus, BUCKETS.catalog);
    const known = { ID: "", Node: "n2", Address: "10.0.0.2", Datacenter: "dc1", TaggedAddresses: null, Meta: null };
    await nodes.create("node", ["n2"], { Node: { ...known, CreateIndex: 0, ModifyIndex: 0 }, Checks: [] });
    ({ ID } = await ask(bus, "kv.create-session", { ...SESSION, Node: "n2", Token: "root" }));
  });
  afterAll(async () => kv?.stop());

  test.each<readonly [name: string, asked: Asked, outcome: string]>([
    ["a key under a prefix", put("a/1"), "done"],
    ["another key", put("b"), DENIED],
    ["a key with a rule of its own", put("a/locked"), DENIED],
    ["deleting a key", ["kv.delete", { Key: "a/1" }], "done"],
    ["deleting another key", ["kv.delete", { Key: "b" }], DENIED],
    ["a tree all of which may be written", ["kv.delete-tree", { Prefix: "a/x" }], "done"],
    ["a tree in which something may not be", ["kv.delete-tree", { Prefix: "a/" }], DENIED],
    ["every key", ["kv.delete-tree", { Prefix: "" }], DENIED],
    ["a transaction", set("a/1"), "done"],
    ["a transaction with another key", set("b"), '[{"OpIndex":0,"What":"Permission denied"}]'],
    ["a session on a node", session("n1"), NO_NODE],
    ["a session on another node", session("n2"), DENIED],
  ])("%s", async (_, asked, outcome) => {
    expect(await whatCameOf(asked, "under")).toBe(outcome);
    expect(await whatCameOf(asked, "other")).toBe(UNKNOWN);
    expect(await whatCameOf(asked)).toBe(UNKNOWN);
  });

  test("a session is ended and renewed by those only who may write on its node", async () => {
    expect(await whatCameOf(["kv.renew-session", { ID }], "under")).toBe(DENIED);
    expect(await whatCameOf(["kv.destroy-session", { ID }], "under")).toBe(DENIED);
    expect(await ask(bus, "kv.renew-session", { ID, Token: "root" })).toEqual({ Found: true });
    expect(await whatCameOf(["kv.destroy-session", { ID }], "root")).toBe("done");
  });

  test("what is refused changes nothing, and no secret is kept or logged", async () => {
    await ask(bus, "kv.put", { Key: "b", Value: "", Token: "root" });
    await whatCameOf(["kv.delete", { Key: "b" }], "under");
    const bucket = await Bucket.open(bus, BUCKETS.kv);
    expect(await bucket.get("entry", "b")).toBeDefined();
    const { ID: other } = await ask(bus, "kv.create-session", { ...SESSION, Node: "n2", Token: "root" });
    expect(Object.keys((await bucket.get("session", other))?.value ?? {})).not.toContain("Token");
    expect(kv.output()).not.toContain('"under"');
  });
});

test("where ACLs are off nobody is asked for a token", async () => {
  const kv = await startKv({});
  expect(await whatCameOf(put("b"), "other")).toBe("done");
  await kv.stop();
});
