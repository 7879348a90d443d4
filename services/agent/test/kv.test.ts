import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answered, ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
let second: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions", "kv"]);
  [agent, second] = await Promise.all([plane.startAgent("one"), plane.startAgent("two")]);
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", `/v1/kv/${path}`);
const put = (path: string, value: string) => ask(agent.base, "PUT", `/v1/kv/${path}`, value);
const remove = (path: string) => ask(agent.base, "DELETE", `/v1/kv/${path}`);
const indexOf = ({ json }: Answered) => (json as { ModifyIndex: number }[])[0]?.ModifyIndex;

describe("a key", () => {
  test("is read at once after each write, and its index is that of the write", async () => {
    for (let n = 0; n < 20; n++) {
      expect((await put("own", String(n))).json).toBe(true);
      const read = await get("own");
      expect(read.json).toMatchObject([{ Value: Buffer.from(String(n)).toString("base64") }]);
      expect(read.index).toBe(indexOf(read));
    }
    expect((await remove("own")).json).toBe(true);
    expect((await get("own")).status).toBe(404);
  });

  test("is in a consistent answer of another agent without waiting", async () => {
    for (let n = 0; n < 10; n++) {
      await put("fresh", String(n));
      const { text } = await ask(second.base, "GET", "/v1/kv/fresh?raw&consistent");
      expect(text).toBe(String(n));
    }
  });

  test("keeps bytes that are no text, and gives them as no page", async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await fetch(`${agent.base}/v1/kv/bytes`, { method: "PUT", body: value });
    const raw = await fetch(`${agent.base}/v1/kv/bytes?raw`);
    expect(new Uint8Array(await raw.arrayBuffer())).toEqual(value);
    expect(raw.headers.get("content-type")).toBe("text/plain");
    expect(raw.headers.get("x-content-type-options")).toBe("nosniff");
    expect(raw.headers.get("content-security-policy")).toBe("sandbox");
  });

  test("keeps flags of 64 bits", async () => {
    await put("flags?flags=18446744073709551615", "");
    expect((await get("flags")).text).toContain('"Flags":18446744073709551615,"Value":null');
  });

  test("may have slashes at its end and twice, escaped", async () => {
    await put("sla%2F%2Fsh%2F", "x");
    expect((await get("sla?keys")).json).toEqual(["sla//sh/"]);
    expect((await get("sla%2F%2Fsh%2F?raw")).text).toBe("x");
  });
});

describe("a request is refused", () => {
  test.each<readonly [string, string, string, number, string]>([
    ["PUT", "", "", 400, "Missing key name"],
    ["DELETE", "", "", 400, "Missing key name"],
    ["GET", "?raw", "", 400, "Missing key name"],
    ["PUT", "k?flags=-1", "", 500, 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ["PUT", "k?cas=", "", 500, 'strconv.ParseUint: parsing "": invalid syntax'],
    [
      "PUT",
      "k?cas=18446744073709551616",
      "",
      500,
      'strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    ["PUT", "k?cas=1&acquire=s", "", 400, "Conflicting flags: acquire=s&cas=1"],
    ["DELETE", "k?recurse&cas=1", "", 400, "Conflicting flags: cas=1&recurse="],
    ["PUT", "k?acquire=s", "", 500, 'invalid session "s"'],
    ["PUT", "k?release=", "", 500, "missing session"],
    [
      "PUT",
      "k",
      "x".repeat(524_289),
      413,
      "Request body(524289 bytes) too large, max size: 524288 bytes. See https://www.consul.io/docs/agent/options.html#kv_max_value_size.",
    ],
    [
      "PUT",
      "longer-than-is-read",
      "x".repeat(2_000_000),
      413,
      "Request body(2000000 bytes) too large, max size: 524288 bytes. See https://www.consul.io/docs/agent/options.html#kv_max_value_size.",
    ],
  ])("%s /v1/kv/%s", async (method, path, body, status, text) => {
    const sent = method === "PUT" ? body : undefined;
    expect(await ask(agent.base, method, `/v1/kv/${path}`, sent)).toMatchObject({ status, text });
  });
});

describe("a long poll", () => {
  test("for a key wakes when that changes, and for no other", async () => {
    await put("poll/a", "1");
    const { index } = await get("poll/a");
    let woken = false;
    const poll = get(`poll/a?index=${index}&wait=20s&raw`).then((answer) => {
      woken = true;
      return answer;
    });
    const beside = get(`poll/b?index=${(await get("poll/b")).index}&wait=20s`);
    await put("poll/b", "x");
    expect((await beside).status).toBe(200);
    expect(woken).toBe(false);
    await put("poll/a", "2");
    expect((await poll).text).toBe("2");
  });

  test("for a prefix wakes at a deletion too", async () => {
    await put("tree/a", "1");
    await put("tree/b", "1");
    const { index } = await get("tree/?recurse");
    const poll = get(`tree/?keys&index=${index}&wait=20s`);
    await remove("tree/b");
    expect((await poll).json).toEqual(["tree/a"]);
    const empty = get(`tree/?recurse&index=${(await poll).index}&wait=20s`);
    await remove("tree/?recurse");
    expect((await empty).status).toBe(404);
    expect((await empty).index).toBeGreaterThan((await poll).index);
  });

  test("does not wake when what is written is there already", async () => {
    await put("same", "1");
    const { index } = await get("same");
    const poll = get(`same?index=${index}&wait=20s`);
    await put("same", "1");
    await put("same", "2");
    expect((await poll).json).toMatchObject([{ Value: "Mg==" }]);
  });
});

test("a transaction of keys and of the catalog does all or nothing, and tells of each operation in its place", async () => {
  const txn = (...operations: readonly object[]) => ask(agent.base, "PUT", "/v1/txn", operations);
  const node = (Verb: string, more: object = {}) => ({
    Node: { Verb, Node: { Node: "txn-node", Address: "10.0.0.9", ...more } },
  });
  const key = (Verb: string, more: object = {}) => ({ KV: { Verb, Key: "beside", ...more } });
  const both = await txn(key("set", { Value: "MQ==" }), node("set"), key("get"), node("get"));
  expect([both.status, both.json]).toMatchObject([
    200,
    {
      Errors: null,
      Results: [
        { KV: { Key: "beside", Value: null } },
        { Node: { Node: "txn-node" } },
        { KV: { Value: "MQ==" } },
        { Node: { Address: "10.0.0.9" } },
      ],
    },
  ]);
  expect((await get("beside?raw")).text).toBe("1");
  expect((await ask(agent.base, "GET", "/v1/catalog/node/txn-node")).json).toMatchObject({ Node: {} });
  const failed = await txn(key("set", { Value: "Mg==" }), node("cas", { ModifyIndex: 1 }), key("check-not-exists"));
  expect([failed.status, failed.json]).toEqual([
    409,
    {
      Results: null,
      Errors: [
        { OpIndex: 1, What: 'failed to set node "txn-node", index is stale' },
        { OpIndex: 2, What: 'key "beside" exists' },
      ],
    },
  ]);
  expect((await get("beside?raw")).text).toBe("1");
});

describe("a transaction", () => {
  const txn = (...KV: readonly object[]) => {
    const body = KV.map((operation) => ({ KV: operation }));
    return ask(agent.base, "PUT", "/v1/txn", body);
  };

  test("is read at once, or not there at all", async () => {
    expect((await txn({ Verb: "set", Key: "txn", Value: "MQ==" })).status).toBe(200);
    expect((await get("txn?raw")).text).toBe("1");
    const failed = await txn({ Verb: "set", Key: "txn", Value: "Mg==" }, { Verb: "get", Key: "absent" });
    expect(failed.status).toBe(409);
    expect(failed.json).toEqual({ Results: null, Errors: [{ OpIndex: 1, What: 'key "absent" doesn\'t exist' }] });
    expect((await get("txn?raw")).text).toBe("1");
  });

  test.each<readonly [string, unknown, number, string]>([
    ["no JSON", "{", 400, "Failed to parse body: unexpected EOF"],
    [
      "too many operations",
      Array.from({ length: 65 }, () => ({})),
      413,
      "Transaction contains too many operations (65 > 64)",
    ],
    [
      "too long a body",
      " ".repeat(524_289),
      413,
      "Request body(524289 bytes) too large, max size: 524288 bytes. See https://www.consul.io/docs/agent/options.html#txn_max_req_len.",
    ],
    [
      "no base64",
      [{ KV: { Verb: "set", Key: "k", Value: "?" } }],
      400,
      'Failed to parse body: the value of key "k" is not base64',
    ],
  ])("is refused: %s", async (_, body, status, text) => {
    expect(await ask(agent.base, "PUT", "/v1/txn", body)).toMatchObject({ status, text });
  });
});

test("a session locks a key until it is destroyed", async () => {
  const session = async (settings: object) => {
    const { json } = await ask(agent.base, "PUT", "/v1/session/create", settings);
    return (json as { ID: string }).ID;
  };
  const [one, two] = [await session({ LockDelay: "0s" }), await session({ LockDelay: 0, TTL: "1m" })];
  expect((await put(`leader?acquire=${one}`, "one")).json).toBe(true);
  expect((await put(`leader?acquire=${two}`, "two")).json).toBe(false);
  expect((await get("leader")).json).toMatchObject([{ Session: one, LockIndex: 1 }]);
  const waits = get(`leader?index=${(await get("leader")).index}&wait=20s`);
  await ask(agent.base, "PUT", `/v1/session/destroy/${one}`);
  expect((await waits).json).toEqual([expect.not.objectContaining({ Session: one })]);
  expect((await put(`leader?acquire=${two}`, "two")).json).toBe(true);
  const listed = await ask(agent.base, "GET", "/v1/session/list");
  expect(listed.json).toMatchObject([{ ID: two, TTL: "1m", NodeChecks: ["serfHealth"] }]);
});

test("where no service keeps keys, nothing is said of them, and everything else is answered", async () => {
  await using without = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  const { base } = await without.startAgent("one");
  const noLeader = { status: 500, text: "No cluster leader" };
  expect(await ask(base, "GET", "/v1/kv/key")).toMatchObject(noLeader);
  expect(await ask(base, "GET", "/v1/kv/?recurse")).toMatchObject(noLeader);
  expect(await ask(base, "PUT", "/v1/kv/key", "x")).toMatchObject(noLeader);
  expect((await ask(base, "GET", "/v1/catalog/nodes")).status).toBe(200);
});
