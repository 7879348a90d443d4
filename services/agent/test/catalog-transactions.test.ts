import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const txn = (...operations: readonly object[]) => ask(agent.base, "PUT", "/v1/txn", operations);
const get = (path: string) => ask(agent.base, "GET", path);
const node = (Verb: string, more: object = {}) => ({
  Node: { Verb, Node: { Node: "n", Address: "10.0.0.1", ...more } },
});
const service = (Verb: string, Service: object) => ({ Service: { Verb, Node: "n", Service } });
const check = (Verb: string, more: object) => ({ Check: { Verb, Check: { Node: "n", ...more } } });

describe("a transaction of the catalog", () => {
  test("is read at once, whole", async () => {
    const { status, json } = await txn(
      node("set", { Meta: { rack: "a" } }),
      service("set", { ID: "web1", Service: "web", Port: 80, Tags: ["v1"] }),
      check("set", {
        CheckID: "c",
        Name: "alive",
        Status: "passing",
        ServiceID: "web1",
        Definition: { Interval: "10s" },
      }),
    );
    expect([status, json]).toMatchObject([
      200,
      {
        Errors: null,
        Results: [
          { Node: { Node: "n", Datacenter: "dc1", Meta: { rack: "a" } } },
          { Service: { ID: "web1", Service: "web", Port: 80 } },
          { Check: { CheckID: "c", Status: "passing", ServiceName: "web" } },
        ],
      },
    ]);
    const { json: read } = await get("/v1/health/service/web?passing");
    const [told] = (json as { Results: { Node: object }[] }).Results;
    expect(read).toMatchObject([{ Node: told?.Node, Service: { Port: 80, Tags: ["v1"] }, Checks: [{ CheckID: "c" }] }]);
  });

  test("compares with the index that a client has read, and tells what was stale", async () => {
    const [{ Service, Checks }] = (await get("/v1/health/service/web")).json as [
      { Service: { ModifyIndex: number }; Checks: { ModifyIndex: number }[] },
    ];
    const cas = (Port: number) => service("cas", { ...Service, Port });
    expect((await txn(cas(81))).status).toBe(200);
    const stale = await txn(check("delete-cas", { CheckID: "c", ModifyIndex: Checks[0]?.ModifyIndex }), cas(82));
    expect(stale.status).toBe(409);
    expect(stale.json).toEqual({
      Results: null,
      Errors: [{ OpIndex: 1, What: 'failed to set service "web1" on node "n", index is stale' }],
    });
    expect((await get("/v1/health/service/web")).json).toMatchObject([{ Service: { Port: 81 }, Checks: [{}] }]);
  });

  test("that only reads says how far that is known", async () => {
    const { json, headers } = await txn(node("get"), service("get", { ID: "web1" }));
    expect(json).toMatchObject({ Results: [{ Node: {} }, { Service: { Port: 81 } }], Errors: null, KnownLeader: true });
    expect(headers.get("x-consul-knownleader")).toBe("true");
  });

  test("takes away what it says", async () => {
    const gone = await txn(service("delete", { ID: "web1" }), node("delete"));
    expect([gone.status, gone.json]).toEqual([200, { Results: [], Errors: null }]);
    expect((await get("/v1/catalog/node/n")).json).toBeNull();
    expect((await get("/v1/catalog/service/web")).json).toEqual([]);
  });

  test("with intentions is refused", async () => {
    expect((await txn({ Intention: { Op: "create" } })).status).toBe(501);
  });
});
