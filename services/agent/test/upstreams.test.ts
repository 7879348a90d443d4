import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", path);
const put = (path: string, body?: unknown) => ask(agent.base, "PUT", path, body);

/** Registers a service whose sidecar has one upstream, api in dc2. */
async function register(name: string, proxy: object = {}): Promise<void> {
  const Upstreams = [{ DestinationName: "api", Datacenter: "dc2", LocalBindPort: 9_001 }];
  const Connect = { SidecarService: { Proxy: { Upstreams, ...proxy } } };
  expect(await put("/v1/agent/service/register", { Name: name, Port: 8_080, Connect })).toMatchObject({ status: 200 });
}

test("UpstreamConfig is kept as it was written, in canonical form", async () => {
  const written = {
    kind: "service-defaults",
    name: "kept",
    upstream_config: {
      overrides: [{ name: "db", mesh_gateway: { mode: "remote" }, limits: { max_connections: 0 } }],
      defaults: { connect_timeout_ms: 900, passive_health_check: { interval: "10s" } },
    },
  };
  expect((await put("/v1/config", written)).json).toBe(true);
  const read = await get("/v1/config/service-defaults/kept");
  expect(read.json).toMatchObject({
    UpstreamConfig: {
      Overrides: [{ Name: "db", MeshGateway: { Mode: "remote" }, Limits: { MaxConnections: 0 } }],
      Defaults: { ConnectTimeoutMs: 900, PassiveHealthCheck: { Interval: 10e9 }, MeshGateway: {} },
    },
  });
  expect((await put("/v1/config", read.json)).json).toBe(true);
  expect((await get("/v1/config/service-defaults/kept")).json).toEqual(read.json);
});

describe("the mode of an upstream", () => {
  test("is told with who set it, and follows the config entries", async () => {
    await register("web");
    const mode = async () => (await get("/v1/agent/connect/upstreams/web-sidecar-proxy")).json;
    const answer = {
      DestinationType: "service",
      DestinationName: "api",
      Datacenter: "dc2",
      LocalBindAddress: "127.0.0.1",
      LocalBindPort: 9_001,
      Target: { Service: "api", ServiceSubset: "", Datacenter: "dc2", Failover: false },
    };
    expect(await mode()).toEqual([
      { ...answer, Mode: "", SetBy: "nothing", Through: "", Meaning: "direct: to its instances in dc2" },
    ]);
    const UpstreamConfig = { Defaults: { MeshGateway: { Mode: "local" } } };
    await put("/v1/config", { Kind: "service-defaults", Name: "web", MeshGateway: { Mode: "remote" }, UpstreamConfig });
    expect(await mode()).toEqual([
      {
        ...answer,
        Mode: "local",
        SetBy: 'service-defaults "web", UpstreamConfig.Defaults',
        Through: "dc1",
        Meaning: "through the mesh gateways of dc1",
      },
    ]);
    await register("web", { MeshGateway: { Mode: "remote" } });
    expect(await mode()).toMatchObject([{ Mode: "remote", SetBy: "the proxy's registration" }]);
  });

  test("is in the catalog too, where the proxy's own is a merge", async () => {
    await register("shop");
    const UpstreamConfig = { Overrides: [{ Name: "api", MeshGateway: { Mode: "none" }, ConnectTimeoutMs: 700 }] };
    await put("/v1/config", { Kind: "service-defaults", Name: "shop", MeshGateway: { Mode: "local" }, UpstreamConfig });
    await eventually(async () => {
      const { json } = await get("/v1/catalog/service/shop-sidecar-proxy");
      expect(json).toMatchObject([
        {
          ServiceProxy: {
            MeshGateway: { Mode: "local" },
            Upstreams: [{ MeshGateway: { Mode: "none" }, Config: { connect_timeout_ms: 700 } }],
          },
        },
      ]);
    });
  });

  test.each([
    ["/v1/agent/connect/upstreams/", 400, "Missing proxy ID: ask for /v1/agent/connect/upstreams/<proxy ID>"],
    ["/v1/agent/connect/upstreams/nobody", 404, "unknown service ID: nobody"],
    ["/v1/agent/connect/upstreams/plain", 400, "plain is no sidecar proxy: give the ID of its proxy"],
  ])("is not told at %s", async (path, status, text) => {
    await put("/v1/agent/service/register", { Name: "plain", Port: 80 });
    const answer = await get(path);
    expect({ status: answer.status, text: answer.text.trim() }).toEqual({ status, text });
  });
});
