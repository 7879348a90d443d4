import { Compiler } from "@causeway/gateway";
import { compileOnce, printTable, Scenario } from "@causeway/gateway/testing";
import type { InstanceFacts } from "@causeway/routes/testing";
import { describe, expect, test } from "vitest";
import { meshGateway } from "./plan.ts";

const plan = meshGateway({ service: "gw", node: "node1", id: "gw1", datacenter: "dc1" });
const GATEWAY: InstanceFacts = { Service: "gw", ID: "gw1", Kind: "mesh-gateway", Address: "10.0.0.9", Port: 8443 };

/** A gateway that is registered. */
function registered(gateway: Partial<InstanceFacts> = {}): Scenario {
  return new Scenario().register({ ...GATEWAY, ...gateway });
}

function withSidecar(scenario: Scenario, service: string, facts: Partial<InstanceFacts> = {}): Scenario {
  const Service = `${service}-sidecar-proxy`;
  return scenario.provide(service, Service, "connect-proxy").register({
    Service,
    Kind: "connect-proxy",
    Address: "10.0.1.1",
    Port: 21_000,
    Proxy: { DestinationServiceName: service },
    ...facts,
  });
}

/** An API with two sidecars of different versions, a native service, and a database outside the mesh that a gateway stands for. */
function base(gateway: Partial<InstanceFacts> = {}): Scenario {
  const scenario = withSidecar(registered(gateway), "api", { Meta: { version: "v1" } });
  return withSidecar(scenario, "api", {
    Address: "10.0.1.2",
    Node: { Node: "node2" },
    Meta: { version: "v2" },
    Checks: ["warning"],
    Weights: { Passing: 10, Warning: 1 },
  })
    .provide("cache", "cache", "native")
    .register({ Service: "cache", Connect: { Native: true }, Port: 6379, Checks: ["critical"] })
    .provide("db", "tgw", "terminating-gateway")
    .register({ Service: "tgw", Kind: "terminating-gateway", Address: "10.0.1.9", Port: 8443 })
    .register({ Service: "outside", Address: "10.0.9.9" });
}

const versions = {
  v1: { Filter: "Service.Meta.version == v1" },
  v2: { Filter: "Service.Meta.version == v2", OnlyPassing: true },
};

const TAGGED = { lan: { Address: "10.0.0.9", Port: 8443 }, wan: { Address: "203.0.113.7", Port: 443 } };

const golden: Readonly<Record<string, () => Scenario>> = {
  base,
  "no-services": () => registered(),
  "service-subsets": () => base().resolve("api", { Subsets: versions }).resolve("db", { Subsets: versions }),
  "default-service-subset": () => base().resolve("api", { Subsets: versions, DefaultSubset: "v2" }),
  "ignore-extra-resolvers": () => base().resolve("not-in-the-mesh", { Subsets: versions, DefaultSubset: "v2" }),
  "service-timeouts": () =>
    base({ Proxy: { Config: { connect_timeout_ms: 700 } } }).resolve("api", { ConnectTimeout: "10s" }),
  "other-datacenters"() {
    const gateway = { Service: "gw", Kind: "mesh-gateway", Address: "10.2.0.9", Port: 8443 } as const;
    const wan = (Address: string) => ({ wan: { Address, Port: 443 } });
    return base()
      .federate("dc1", { ...GATEWAY })
      .federate(
        "dc2",
        { ...gateway, ID: "by-address", TaggedAddresses: wan("198.51.100.2") },
        { ...gateway, ID: "by-name", TaggedAddresses: wan("gw.dc2.example.com") },
        { ...gateway, ID: "untagged", Checks: ["critical"] },
      )
      .federate("dc3");
  },
  "custom-addresses": () =>
    base({
      Proxy: {
        Config: {
          envoy_mesh_gateway_no_default_bind: true,
          envoy_mesh_gateway_bind_addresses: {
            foo: { address: "198.17.2.3", port: 8080 },
            bar: { address: "2001:db8::ff", port: 9999 },
            same: { address: "198.17.2.3", port: 8080 },
          },
        },
      },
    }),
  "tagged-addresses": () =>
    base({
      TaggedAddresses: TAGGED,
      Proxy: { Config: { envoy_gateway_no_default_bind: true, envoy_gateway_bind_tagged_addresses: true } },
    }),
  "tcp-keepalives": () =>
    base({
      Proxy: {
        Config: {
          envoy_gateway_remote_tcp_enable_keepalive: true,
          envoy_gateway_remote_tcp_keepalive_time: 120,
          envoy_gateway_remote_tcp_keepalive_interval: 60,
          envoy_gateway_remote_tcp_keepalive_probes: 7,
        },
      },
    }),
};

const textOf = (scenario: Scenario) => printTable(compileOnce(plan, scenario));

describe("a mesh gateway's table", () => {
  for (const [name, scenario] of Object.entries(golden)) {
    test(name, async () => {
      await expect(textOf(scenario())).toMatchFileSnapshot(`../test/golden/${name}.txt`);
    });
  }

  test("extra resolvers and intentions change nothing", () => {
    const denied = base().resolve("not-in-the-mesh", { DefaultSubset: "v2" }).intend("deny", "*", "api");
    expect(textOf(denied)).toBe(textOf(base()));
  });

  test("needs no certificate: not even one that is refused takes anything away", () => {
    const scenario = base();
    for (const service of ["api", "cache", "db", "gw"]) scenario.setLeaf(service, { ready: false, reason: "refused" });
    expect(textOf(scenario)).toBe(textOf(base()));
  });

  test("a service whose last provider has gone leaves no trace", () => {
    const scenario = withSidecar(base(), "gone").resolve("gone", { Subsets: versions });
    scenario.remove("catalog", "connect", ["gone", "gone-sidecar-proxy"]);
    expect(textOf(scenario)).toBe(textOf(base()));
  });

  const waits: readonly { name: string; scenario: () => Scenario; waitingFor: RegExp }[] = [
    {
      name: "until it is registered",
      scenario: () => new Scenario(),
      waitingFor: /instance gw1 of the service gw on node node1 is not registered/,
    },
    {
      name: "while it is registered as another gateway",
      scenario: () => registered({ Kind: "terminating-gateway" }),
      waitingFor: /registered as kind "terminating-gateway", not "mesh-gateway"/,
    },
  ];
  for (const { name, scenario, waitingFor } of waits) {
    test(`is none ${name}`, () => {
      expect(compileOnce(plan, scenario())).toEqual({ waitingFor: expect.stringMatching(waitingFor) });
    });
  }

  test("goes on by its last registration when that is taken away", () => {
    const scenario = base();
    scenario.remove("catalog", "instance", ["gw", "node1", "gw1"]);
    expect(compileOnce(plan, scenario)).toMatchObject({
      listeners: [{ port: 8443 }],
      unavailable: [{ name: "registration" }],
    });
  });

  test("has no route before the CA has published its roots, and says so", () => {
    const scenario = base();
    scenario.remove("caRoots", "roots", []);
    expect(textOf(scenario)).toContain("api: the CA has not published its roots");
    expect(textOf(scenario)).not.toContain("internal");
  });
});

describe("a change compiles", () => {
  /** A gateway whose table has been made, and the services that it compiles from then on. */
  function running() {
    const scenario = base();
    const compiled: string[] = [];
    const watched = {
      ...plan,
      compile(...[read, destination]: Parameters<typeof plan.compile>) {
        compiled.push(destination.kind === "service" ? destination.service : destination.state.Datacenter);
        return plan.compile(read, destination);
      },
    };
    const events = { needed() {}, unneeded() {}, failed() {} };
    const compiler = new Compiler(watched, scenario, events);
    expect(compiler.compile().kind).toBe("table");
    compiled.length = 0;
    const after = (keys: readonly string[]) => {
      for (const key of keys) compiler.changed(key);
      compiler.compile();
      return compiled;
    };
    return { scenario, after };
  }

  const resolver = {
    Kind: "service-resolver",
    Name: "api",
    Subsets: versions,
    CreateIndex: 0,
    ModifyIndex: 0,
  } as const;
  const newProvider = { Destination: "cache", Provider: "tgw", Kind: "terminating-gateway" } as const;

  test("the service whose resolver it is, alone", () => {
    const { scenario, after } = running();
    expect(after(scenario.put("configEntries", "service-resolver", ["api"], resolver))).toEqual(["api"]);
  });

  test("the services whose provider has an instance less, alone", () => {
    const { scenario, after } = running();
    const names = ["api-sidecar-proxy", "node2", "api-sidecar-proxy"];
    expect(after(scenario.remove("catalog", "instance", names))).toEqual(["api"]);
  });

  test("the service that has one more provider, alone", () => {
    const { scenario, after } = running();
    expect(after(scenario.put("catalog", "connect", ["cache", "tgw"], newProvider))).toEqual(["cache"]);
  });

  test("nothing when it concerns a service outside the mesh", () => {
    const { scenario, after } = running();
    expect(after(scenario.remove("catalog", "instance", ["outside", "node1", "outside"]))).toEqual([]);
  });
});
