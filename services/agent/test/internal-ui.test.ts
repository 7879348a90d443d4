import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
const get = (path: string) => ask(agent.base, "GET", path);
const put = async (path: string, body: unknown) => {
  const answer = await ask(agent.base, "PUT", path, body);
  expect([answer.status, answer.text]).toEqual([200, "true"]);
};
const register = (service: object, more: object = {}) =>
  put("/v1/catalog/register", { Node: "n1", Address: "10.0.0.1", Service: service, ...more });

beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
  await register({ Service: "web", Port: 80, Tags: ["v1"] });
  await register({ Service: "web", ID: "web2", Port: 81, Tags: ["v2"] });
  await register({ Service: "db", Port: 5432 }, { Check: { Name: "disk", Status: "critical", ServiceID: "db" } });
  await register({
    Service: "web-proxy",
    Kind: "connect-proxy",
    Port: 20_000,
    Proxy: { DestinationServiceName: "web", Upstreams: [{ DestinationName: "db", LocalBindPort: 9_000 }] },
  });
  await register({ Service: "igw", Kind: "ingress-gateway" });
  await put("/v1/config", { Kind: "service-defaults", Name: "web", Protocol: "http" });
  const http = { Port: 8_080, Protocol: "http", Services: [{ Name: "web", Hosts: ["web.example.com"] }] };
  const tcp = { Port: 5_432, Protocol: "tcp", Services: [{ Name: "db" }] };
  await put("/v1/config", { Kind: "ingress-gateway", Name: "igw", Listeners: [http, tcp] });
  await ask(agent.base, "POST", "/v1/connect/intentions", {
    SourceName: "web",
    DestinationName: "db",
    Action: "deny",
    SourceType: "consul",
  });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

describe("a node", () => {
  test("is told with all that is on it", async () => {
    const { json, index } = await get("/v1/internal/ui/node/N1");
    expect(json).toMatchObject({ Node: "n1", Checks: [{ Name: "disk" }] });
    expect((json as { Services: unknown[] }).Services).toHaveLength(5);
    expect(index).toBeGreaterThan(1);
  });

  test("that is not there is a 404, whose index can be waited on", async () => {
    const { status, text, index } = await get("/v1/internal/ui/node/none");
    expect([status, text]).toEqual([404, ""]);
    expect(index).toBeGreaterThan(0);
  });

  test("needs a name", async () => {
    const { status, text } = await get("/v1/internal/ui/node/");
    expect([status, text]).toEqual([400, "Missing node name"]);
  });
});

test("a filter chooses the instances that summaries are of", async () => {
  const { json } = await get(`/v1/internal/ui/services?filter=${encodeURIComponent("v2 in Service.Tags")}`);
  expect(json).toMatchObject([{ Name: "web", Tags: ["v2"], InstanceCount: 1 }]);
  const { status } = await get("/v1/internal/ui/services?filter=nonsense");
  expect(status).toBe(500);
});

test("an ingress gateway's services tell where they are to be had", async () => {
  const { json } = await get("/v1/internal/ui/gateway-services-nodes/igw");
  expect(json).toMatchObject([
    { Name: "db", GatewayConfig: { Addresses: ["db.ingress.dc1.consul:5432"] } },
    { Name: "web", GatewayConfig: { Addresses: ["web.example.com:8080"] } },
  ]);
});

test("/v1/health/ingress finds the gateways that have a service, with their health", async () => {
  expect((await get("/v1/health/ingress/web?passing")).json).toMatchObject([{ Service: { Service: "igw" } }]);
  expect((await get("/v1/health/ingress/none")).json).toEqual([]);
});

test("the catalog in figures counts by name and by the worst check", async () => {
  const { json } = await get("/v1/internal/ui/catalog-overview");
  expect(json).toMatchObject({
    Nodes: [{ Total: 2, Passing: 2, Warning: 0, Critical: 0 }],
    Services: expect.arrayContaining([
      { Name: "db", Total: 1, Passing: 0, Warning: 0, Critical: 1 },
      { Name: "web", Total: 2, Passing: 2, Warning: 0, Critical: 0 },
    ]),
    Checks: expect.arrayContaining([{ Name: "disk", Total: 1, Passing: 0, Warning: 0, Critical: 1 }]),
  });
});

test("every agent of the datacenter is a member, and no external node", async () => {
  await plane.startAgent("two");
  await eventually(async () => {
    const { json } = await get("/v1/agent/members");
    expect(json).toMatchObject([
      { Name: "one", Status: 1 },
      { Name: "two", Status: 1, Tags: { dc: "dc1" } },
    ]);
  });
  expect((await get("/v1/agent/members?wan=1")).json).toMatchObject([{ Name: "one.dc1" }, { Name: "two.dc1" }]);
});

describe("the topology of a service", () => {
  test("names whom it calls, and what intentions say to it", async () => {
    const { json } = await get("/v1/internal/ui/service-topology/web?kind=");
    expect(json).toMatchObject({
      Protocol: "http",
      Upstreams: [
        {
          Name: "db",
          ChecksCritical: 1,
          Source: "proxy-registration",
          Intention: { DefaultAllow: true, Allowed: false, HasExact: true },
        },
      ],
      Downstreams: [{ Name: "igw", Kind: "ingress-gateway", Intention: { Allowed: true, HasExact: false } }],
    });
  });

  test("names who calls it", async () => {
    const { json } = await get("/v1/internal/ui/service-topology/db");
    expect(json).toMatchObject({ Protocol: "tcp", Upstreams: [], Downstreams: [{ Name: "igw" }, { Name: "web" }] });
  });

  test("of an ingress gateway leads to what it exposes", async () => {
    const { json } = await get("/v1/internal/ui/service-topology/igw?kind=ingress-gateway");
    expect(json).toMatchObject({ Upstreams: [{ Name: "db" }, { Name: "web" }], Downstreams: [] });
  });

  test("is refused for other kinds", async () => {
    const { status, text } = await get("/v1/internal/ui/service-topology/web?kind=mesh-gateway");
    expect([status, text]).toEqual([400, 'Bad request: Unsupported service kind "mesh-gateway"']);
  });
});
