import { compileOnce, printTable, Scenario } from "@causeway/gateway/testing";
import type { ServiceProxy } from "@causeway/model";
import type { InstanceFacts } from "@causeway/routes/testing";
import { describe, expect, test } from "vitest";
import { sidecarProxy } from "./plan.ts";

const plan = sidecarProxy({ service: "web-sidecar-proxy", node: "node1", id: "web1-sidecar-proxy", datacenter: "dc1" });

const registration = (proxy: Partial<ServiceProxy>, facts: Partial<InstanceFacts> = {}): InstanceFacts => ({
  Service: "web-sidecar-proxy",
  ID: "web1-sidecar-proxy",
  Kind: "connect-proxy",
  Port: 21_000,
  Proxy: { DestinationServiceName: "web", DestinationServiceID: "web1", LocalServicePort: 8080, ...proxy },
  ...facts,
});

/** A sidecar of `web`, which only `api` may call. */
function sidecar(proxy: Partial<ServiceProxy> = {}, facts: Partial<InstanceFacts> = {}): Scenario {
  return new Scenario().intend("allow", "api", "web").register(registration(proxy, facts));
}

const toDb = { DestinationName: "db", LocalBindPort: 5000 };

const sidecarOfDb = (facts: Partial<InstanceFacts> = {}): InstanceFacts => ({
  Service: "db-sidecar-proxy",
  Kind: "connect-proxy",
  Address: "10.0.2.1",
  Port: 21_001,
  Proxy: { DestinationServiceName: "db" },
  ...facts,
});

/** A sidecar whose one upstream is provided in every way there is. */
function everyProvider(): Scenario {
  return sidecar({ Upstreams: [toDb] })
    .provide("db", "db-sidecar-proxy", "connect-proxy")
    .register(sidecarOfDb({ Meta: { version: "v1" } }))
    .register(sidecarOfDb({ ID: "of-another", Proxy: { DestinationServiceName: "api" } }))
    .provide("db", "db", "native")
    .register({ Service: "db", ID: "native", Address: "10.0.2.2", Port: 5432, Connect: { Native: true } })
    .register({ Service: "db", ID: "application", Address: "10.0.2.3", Port: 5432 })
    .provide("db", "gw", "terminating-gateway")
    .register({ Service: "gw", Kind: "terminating-gateway", Address: "10.0.2.4", Port: 8443, Checks: ["critical"] });
}

/** A sidecar with mesh gateways in its own datacenter and in two others, where `db` runs too. */
function elsewhere(proxy: Partial<ServiceProxy>): Scenario {
  const wan = (Address: string) => ({ wan: { Address, Port: 443 } });
  return sidecar(proxy)
    .register({ Service: "mgw", Kind: "mesh-gateway", Address: "10.0.3.1", Port: 8443 })
    .meshGateway("mgw")
    .federate("dc2", { Service: "mgw", Kind: "mesh-gateway", TaggedAddresses: wan("198.51.100.2") })
    .federate("dc3", { Service: "mgw", Kind: "mesh-gateway", TaggedAddresses: wan("gateway.dc3.example.com") })
    .registerIn("dc2", "db", { Address: "10.2.0.1", TaggedAddresses: wan("198.51.100.20") })
    .registerIn("dc3", "db", { Address: "10.3.0.1" });
}

const golden: Readonly<Record<string, () => Scenario>> = {
  base: everyProvider,
  "without-upstreams": () => sidecar(),
  "default-subset": () =>
    everyProvider().resolve("db", { DefaultSubset: "v1", Subsets: { v1: { Filter: "Service.Meta.version == v1" } } }),
  "no-leaf"() {
    const scenario = everyProvider();
    scenario.setLeaf("web", { ready: false, reason: "no leaf certificate: Permission denied" });
    return scenario;
  },
  "own-binds": () =>
    sidecar({
      Config: { bind_address: "10.0.0.9", bind_port: 8443 },
      Upstreams: [{ ...toDb, LocalBindAddress: "127.0.0.2" }],
    }),
  "out-of-reach": () =>
    sidecar({
      Upstreams: [
        { DestinationName: "nearest-db", DestinationType: "prepared_query", LocalBindPort: 5001 },
        { DestinationName: "db", Datacenter: "dc2", LocalBindPort: 5002, MeshGateway: { Mode: "local" } },
        { DestinationName: "moved", LocalBindPort: 5003 },
        { DestinationName: "filtered", LocalBindPort: 5004 },
        toDb,
      ],
    })
      .resolve("moved", { Redirect: { Service: "db" } })
      .resolve("filtered", { DefaultSubset: "v1", Subsets: { v1: { Filter: "Service.Meta.version" } } })
      .provide("db", "db-sidecar-proxy", "connect-proxy")
      .register(sidecarOfDb()),
  "another-datacenter": () =>
    elsewhere({
      Upstreams: [
        { ...toDb, Datacenter: "dc2", LocalBindPort: 5001, MeshGateway: { Mode: "local" } },
        { ...toDb, Datacenter: "dc2", LocalBindPort: 5002, MeshGateway: { Mode: "remote" } },
        { ...toDb, Datacenter: "dc2", LocalBindPort: 5003, MeshGateway: { Mode: "none" } },
      ],
    }),
  failover() {
    const scenario = elsewhere({ Upstreams: [toDb] });
    return scenario
      .provide("db", "db-sidecar-proxy", "connect-proxy")
      .register(sidecarOfDb({ Checks: ["critical"] }))
      .resolve("db", { Failover: { "*": { Datacenters: ["dc2", "dc3"] } } })
      .serviceDefaults("db", { MeshGateway: { Mode: "remote" } });
  },
  "datacenter-out-of-reach"() {
    const scenario = elsewhere({ Upstreams: [{ ...toDb, Datacenter: "dc2", MeshGateway: { Mode: "local" } }] });
    scenario.setPath("dc2", "silent");
    return scenario;
  },
  http: () =>
    sidecar({
      Config: { protocol: "grpc" },
      Upstreams: [toDb, { DestinationName: "cache", LocalBindPort: 5001, Config: { protocol: "tcp" } }],
    })
      .serviceDefaults("db", { Protocol: "HTTP" })
      .serviceDefaults("cache", { Protocol: "http2" })
      .provide("db", "db-sidecar-proxy", "connect-proxy")
      .provide("cache", "db-sidecar-proxy", "connect-proxy")
      .register(sidecarOfDb()),
  "tls-limits": () =>
    everyProvider().meshTls({ Incoming: { TLSMinVersion: "TLSv1_3" }, Outgoing: { TLSMaxVersion: "TLSv1_2" } }),
};

describe("a sidecar's table", () => {
  for (const [name, scenario] of Object.entries(golden)) {
    test(name, async () => {
      await expect(printTable(compileOnce(plan, scenario()))).toMatchFileSnapshot(`../test/golden/${name}.txt`);
    });
  }

  test("an upstream that has gone leaves no trace", () => {
    const scenario = everyProvider().register(registration({ Upstreams: [] }));
    expect(printTable(compileOnce(plan, scenario))).toBe(printTable(compileOnce(plan, sidecar())));
  });

  test("is none until it is registered, as a sidecar", () => {
    expect(compileOnce(plan, new Scenario())).toEqual({
      waitingFor: "instance web1-sidecar-proxy of the service web-sidecar-proxy on node node1 is not registered",
    });
    expect(compileOnce(plan, sidecar({}, { Kind: "" }))).toEqual({ waitingFor: expect.stringContaining('kind ""') });
  });

  test("has nothing to carry before the CA has published its roots, and says so", () => {
    const scenario = everyProvider();
    scenario.remove("caRoots", "roots", []);
    expect(printTable(compileOnce(plan, scenario))).toContain("db:127.0.0.1:5000: the CA has not published its roots");
  });
});
