import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AclPlane, ALL_NODES, WRITE_WEB } from "./acl-plane.ts";

let plane: AclPlane;
beforeAll(async () => {
  plane = await AclPlane.start();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

describe("a transaction with an operation that may not be done does nothing", () => {
  const set = (key: string) => ({ KV: { verb: "set", KEY: key, Value: "eA==" } });
  const get = (key: string) => ({ KV: { Verb: "get", Key: key } });
  const denied = (...at: number[]) => ({
    Results: null,
    Errors: at.map((OpIndex) => ({ OpIndex, What: "Permission denied" })),
  });
  test.each([
    { name: "a key", rules: 'key "b" { policy = "read" }', body: [get("b"), set("b")], at: [1] },
    { name: "another key", rules: 'key "b" { policy = "write" }', body: [set("b"), set("a/1")], at: [1] },
    {
      name: "a tree",
      rules: 'key_prefix "a" { policy = "write" } key "a/1" { policy = "read" }',
      body: [{ KV: { Verb: "delete-tree", Key: "a" } }],
      at: [0],
    },
    {
      name: "a node",
      rules: ALL_NODES,
      body: [{ Node: { Verb: "set", Node: { Node: "n1", Address: "::1" } } }],
      at: [0],
    },
    {
      name: "a service",
      rules: WRITE_WEB,
      body: [{ Service: { Verb: "set", Node: "n2", Service: { Service: "db" } } }],
      at: [0],
    },
    {
      name: "a service under another's ID",
      rules: WRITE_WEB,
      body: [{ Service: { Verb: "set", Node: "n2", Service: { ID: "db", Service: "web" } } }],
      at: [0],
    },
    {
      name: "a service by its ID",
      rules: WRITE_WEB,
      body: [{ service: { verb: "delete", node: "n2", service: { id: "db" } } }],
      at: [0],
    },
    {
      name: "a check of a service",
      rules: WRITE_WEB,
      body: [{ Check: { Verb: "set", Check: { Node: "n2", CheckID: "x", ServiceID: "db", Status: "passing" } } }],
      at: [0],
    },
    {
      name: "a check of a node",
      rules: WRITE_WEB,
      body: [{ Check: { Verb: "set", Check: { Node: "n1", CheckID: "x" } } }],
      at: [0],
    },
  ])("$name", async ({ rules, body, at }) => {
    const answer = await plane.as(await plane.having(rules), "PUT", "/v1/txn", body);
    expect(answer).toMatchObject({ status: 409, json: denied(...at) });
  });

  test("what may be written is, and of what is read only what may be seen is shown", async () => {
    const secret = await plane.having('key "b" { policy = "write" }');
    expect(await plane.as(secret, "PUT", "/v1/txn", [set("b")])).toMatchObject({ status: 200 });
    const { json } = await plane.as(secret, "PUT", "/v1/txn", [get("b"), get("a/1")]);
    expect((json as { Results: object[] }).Results).toMatchObject([{ KV: { Key: "b" } }]);
  });
});
