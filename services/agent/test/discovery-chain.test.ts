import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
let trustDomain: string;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
  trustDomain = ((await get("/v1/connect/ca/roots")).json as { TrustDomain: string }).TrustDomain;
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", path);
const post = (path: string, body: unknown) => ask(agent.base, "POST", path, body);

async function write(Kind: string, Name: string, facts: object): Promise<void> {
  expect(await ask(agent.base, "PUT", "/v1/config", { Kind, Name, ...facts })).toMatchObject({ json: true });
}

const target = (Service: string, facts: object = {}, ServiceSubset?: string, Datacenter = "dc1") => {
  const id = [...(ServiceSubset === undefined ? [] : [ServiceSubset]), Service, "default", Datacenter].join(".");
  const name = `${id}.internal.${trustDomain}`;
  const subset = ServiceSubset === undefined ? {} : { ServiceSubset };
  const place = { ID: id, Service, ...subset, Namespace: "default", Datacenter };
  return { [id]: { ...place, MeshGateway: {}, Subset: {}, SNI: name, Name: name, ...facts } };
};

const resolver = (Name: string, facts: object = {}) => ({
  [`resolver:${Name}`]: { Type: "resolver", Name, Resolver: { ConnectTimeout: "5s", Target: Name, ...facts } },
});

describe("the discovery chain of a service", () => {
  test("that no entry speaks of ends at its own instances", async () => {
    const answer = await get("/v1/discovery-chain/plain");
    expect(answer.json).toEqual({
      Chain: {
        ServiceName: "plain",
        Namespace: "default",
        Datacenter: "dc1",
        Protocol: "tcp",
        StartNode: "resolver:plain.default.dc1",
        Nodes: resolver("plain.default.dc1", { Default: true }),
        Targets: target("plain"),
      },
    });
    expect(answer.headers.get("x-consul-effective-consistency")).toBe("leader");
  });

  test("goes from its router over its splitter to its subsets, and their failover", async () => {
    const v1 = { Filter: "Service.Meta.version == v1" };
    const v2 = { Filter: "Service.Meta.version == v2", OnlyPassing: true };
    const route = { Match: { HTTP: { PathPrefix: "/v2" } }, Destination: { ServiceSubset: "v2" } };
    for (const name of ["web", "spare"]) await write("service-defaults", name, { Protocol: "http" });
    await write("service-resolver", "web", { Subsets: { v1, v2 }, Failover: { v2: { Service: "spare" } } });
    await write("service-splitter", "web", { Splits: [{ Weight: 100, ServiceSubset: "v1" }, { ServiceSubset: "v2" }] });
    await write("service-router", "web", { Routes: [route] });
    const catchAll = { Match: { HTTP: { PathPrefix: "/" } }, Destination: { Service: "web", Namespace: "default" } };
    expect((await get("/v1/discovery-chain/web")).json).toEqual({
      Chain: {
        ServiceName: "web",
        Namespace: "default",
        Datacenter: "dc1",
        Protocol: "http",
        StartNode: "router:web.default",
        Nodes: {
          ...resolver("v1.web.default.dc1"),
          ...resolver("v2.web.default.dc1", { Failover: { Targets: ["spare.default.dc1"] } }),
          "router:web.default": {
            Type: "router",
            Name: "web.default",
            Routes: [
              { Definition: route, NextNode: "resolver:v2.web.default.dc1" },
              { Definition: catchAll, NextNode: "splitter:web.default" },
            ],
          },
          "splitter:web.default": {
            Type: "splitter",
            Name: "web.default",
            Splits: [
              { Weight: 100, NextNode: "resolver:v1.web.default.dc1" },
              { NextNode: "resolver:v2.web.default.dc1" },
            ],
          },
        },
        Targets: { ...target("web", { Subset: v1 }, "v1"), ...target("web", { Subset: v2 }, "v2"), ...target("spare") },
      },
    });
  });

  test("outside of the mesh asks for the name by which the outside knows it", async () => {
    await write("service-defaults", "saas", { ExternalSNI: "saas.example.com" });
    expect((await get("/v1/discovery-chain/saas")).json).toMatchObject({
      Chain: { Targets: target("saas", { External: true, SNI: "saas.example.com" }) },
    });
  });

  test("is that of another datacenter when that is asked for, and goes there through mesh gateways", async () => {
    await write("service-defaults", "far", { MeshGateway: { Mode: "local" } });
    const there = (Mode: string) => target("far", { MeshGateway: { Mode } }, undefined, "dc2");
    const from = async (query: string) => (await get(`/v1/discovery-chain/far${query}`)).json;
    expect(await from("?compile-dc=dc2&compile-namespace=default")).toMatchObject({
      Chain: { Datacenter: "dc2", Targets: there("local") },
    });
    expect(await from("")).toMatchObject({ Chain: { Datacenter: "dc1", Targets: target("far") } });
    expect(
      await post("/v1/discovery-chain/far?compile-dc=dc2", { OverrideMeshGateway: { Mode: "none" } }),
    ).toMatchObject({
      json: { Chain: { CustomizationHash: expect.any(String), Targets: there("none") } },
    });
    await write("service-resolver", "far", { Redirect: { Datacenter: "dc1" } });
    expect(await from("?compile-dc=dc2")).toMatchObject({ Chain: { Datacenter: "dc2", Targets: target("far") } });
  });

  test("is another one for whoever overrides its protocol and its timeout", async () => {
    await write("service-defaults", "over", { Protocol: "http" });
    await write("service-splitter", "over", { Splits: [{ Weight: 100 }] });
    const overrides = { OverrideProtocol: "tcp", OverrideConnectTimeout: "1m30s" };
    expect((await post("/v1/discovery-chain/over", overrides)).json).toEqual({
      Chain: {
        ServiceName: "over",
        Namespace: "default",
        Datacenter: "dc1",
        CustomizationHash: expect.stringMatching(/^[0-9a-f]{8}$/),
        Protocol: "tcp",
        StartNode: "resolver:over.default.dc1",
        Nodes: resolver("over.default.dc1", { ConnectTimeout: "1m30s", Default: true }),
        Targets: target("over"),
      },
    });
  });
});

describe("a request for a discovery chain", () => {
  test("without a name, with a mode or a body that means nothing, or of another datacenter is refused", async () => {
    expect(await get("/v1/discovery-chain/")).toMatchObject({ status: 400, text: "Bad request: Missing chain name" });
    expect(await post("/v1/discovery-chain/web", { OverrideMeshGateway: { Mode: "x" } })).toMatchObject({
      status: 400,
      text: "Invalid OverrideMeshGateway.Mode parameter",
    });
    expect(await post("/v1/discovery-chain/web", "")).toMatchObject({
      status: 400,
      text: "Bad request: Request decoding failed: EOF",
    });
    expect(await get("/v1/discovery-chain/web?dc=dc9")).toMatchObject({ status: 500, text: "No path to datacenter" });
  });

  test("by another method is told the right ones", async () => {
    const answer = await ask(agent.base, "PUT", "/v1/discovery-chain/web");
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get("allow")).toBe("OPTIONS,GET,POST");
  });

  test("that waits wakes for each entry that the chain depends on, there before or not, and for no other", async () => {
    await write("service-resolver", "polled", { Redirect: { Service: "first" } });
    const first = await get("/v1/discovery-chain/polled");
    let woken = false;
    const poll = get(`/v1/discovery-chain/polled?index=${first.index}&wait=20s`).then((answer) => {
      woken = true;
      return answer;
    });
    await write("service-defaults", "unrelated", { Protocol: "http" });
    await get("/v1/config/service-defaults/unrelated");
    expect(woken).toBe(false);
    await write("service-resolver", "first", { ConnectTimeout: "3s" });
    const second = await poll;
    expect(second.json).toMatchObject({ Chain: { Nodes: resolver("first.default.dc1", { ConnectTimeout: "3s" }) } });
    const next = post(`/v1/discovery-chain/polled?index=${second.index}&wait=20s`, { OverrideProtocol: "grpc" });
    await write("service-defaults", "first", { ExternalSNI: "first.example.com" });
    expect((await next).json).toMatchObject({
      Chain: { Protocol: "grpc", Targets: target("first", { External: true, SNI: "first.example.com" }) },
    });
    expect((await next).index).toBeGreaterThan(second.index);
  });
});
