import { compileOnce, printTable, Scenario } from "@causeway/gateway/testing";
import type { IngressGatewayEntry, IngressListener } from "@causeway/model";
import type { InstanceFacts } from "@causeway/routes/testing";
import { describe, expect, test } from "vitest";
import { ingressGateway } from "./plan.ts";

const plan = ingressGateway({ service: "in", node: "node1", id: "in1", datacenter: "dc1" });

/** A gateway that is registered, and services with sidecars: `db` of TCP, `api` and `web` of HTTP, `rpc` of gRPC. */
function registered(gateway: Partial<InstanceFacts> = {}): Scenario {
  const scenario = new Scenario()
    .register({ Service: "in", ID: "in1", Kind: "ingress-gateway", Address: "10.0.0.9", Port: 8443, ...gateway })
    .serviceDefaults("api", { Protocol: "http" })
    .serviceDefaults("web", { Protocol: "http" })
    .serviceDefaults("rpc", { Protocol: "grpc" });
  for (const service of ["db", "api", "web", "rpc"]) {
    scenario.provide(service, `${service}-sidecar-proxy`, "connect-proxy").register({
      Service: `${service}-sidecar-proxy`,
      Kind: "connect-proxy",
      Address: "10.0.1.1",
      Port: 21_000,
      Proxy: { DestinationServiceName: service },
    });
  }
  return scenario;
}

const listener = (
  Port: number,
  Protocol: string,
  services: Readonly<Record<string, readonly string[]>>,
): IngressListener => ({
  Port,
  Protocol,
  Services: Object.entries(services).map(([Name, hosts]) => ({ Name, Hosts: hosts.length === 0 ? null : [...hosts] })),
});

/** Writes the gateway's entry. */
function expose(scenario: Scenario, Listeners: IngressListener[], more: Partial<IngressGatewayEntry> = {}): Scenario {
  const entry = { Kind: "ingress-gateway", Name: "in", TLS: { Enabled: false }, Listeners, ...more } as const;
  scenario.put("configEntries", "ingress-gateway", ["in"], { ...entry, CreateIndex: 0, ModifyIndex: 0 });
  return scenario;
}

/** Has the catalog link what the wildcard of a listener stands for. */
function linked(scenario: Scenario, port: number, ...services: readonly string[]): Scenario {
  for (const service of services) {
    const row = { GatewayKind: "ingress-gateway", Port: port, FromWildcard: true } as const;
    scenario.link("in", service, row);
  }
  return scenario;
}

const tcp = () => expose(registered(), [listener(9_999, "tcp", { db: [] })]);
const hosts = { api: ["api.example.com", "*.API.example.com:8080"], web: [] };
const tls = { TLS: { Enabled: true } };

const golden: Readonly<Record<string, () => Scenario>> = {
  tcp,
  "no-entry": registered,
  "http-hosts": () => expose(registered(), [listener(8_080, "http", hosts)]),
  wildcard: () =>
    linked(expose(registered(), [listener(8_080, "http", { "*": [] })]), 8_080, "api", "web", "db", "outside"),
  grpc: () => expose(registered(), [listener(8_081, "grpc", { rpc: [] })]),
  tls: () => expose(registered(), [listener(9_999, "tcp", { db: [] }), listener(8_080, "http", hosts)], tls),
  "tls-without-a-certificate"() {
    const scenario = expose(registered(), [listener(9_999, "tcp", { db: [] })], tls);
    scenario.setLeaf("in for *.ingress.consul,*.ingress.dc1.consul", { ready: false, reason: "no leaf: denied" });
    return scenario;
  },
  "another-protocol": () => expose(registered(), [listener(8_080, "http", { db: [], web: [] })]),
  "router-not-followed"() {
    const scenario = expose(registered(), [listener(8_080, "http", { api: [], web: [] })]);
    const Routes = [{ Match: { HTTP: { PathPrefix: "/v1" } }, Destination: { Service: "web" } }];
    const router = { Kind: "service-router", Name: "api", Routes, CreateIndex: 0, ModifyIndex: 0 } as const;
    scenario.put("configEntries", "service-router", ["api"], router);
    return scenario;
  },
  "another-datacenter": () =>
    tcp()
      .resolve("db", { Redirect: { Service: "db", Datacenter: "dc2" } })
      .proxyDefaults({ mesh_gateway: { mode: "remote" } })
      .federate("dc2", {
        Service: "mgw",
        Kind: "mesh-gateway",
        TaggedAddresses: { wan: { Address: "198.51.100.2", Port: 443 } },
      })
      .registerIn("dc2", "db"),
  "own-binds": () =>
    expose(
      registered({
        Port: 0,
        Proxy: {
          Config: {
            envoy_gateway_no_default_bind: true,
            envoy_gateway_bind_addresses: {
              inner: { address: "10.0.0.9", port: 1 },
              outer: { address: "203.0.113.7", port: 1 },
            },
          },
        },
      }),
      [listener(9_999, "tcp", { db: [] })],
    ),
};

describe("an ingress gateway's table", () => {
  for (const [name, scenario] of Object.entries(golden)) {
    test(name, async () => {
      await expect(printTable(compileOnce(plan, scenario()))).toMatchFileSnapshot(`../test/golden/${name}.txt`);
    });
  }

  test("is none until it is registered, as what it is", () => {
    expect(compileOnce(plan, new Scenario())).toEqual({ waitingFor: expect.stringContaining("is not registered") });
    expect(compileOnce(plan, registered({ Kind: "mesh-gateway" }))).toEqual({
      waitingFor: expect.stringContaining('not "ingress-gateway"'),
    });
  });

  test("reads no intention: who may call is for the destination to say", () => {
    const scenario = tcp().intend("deny", "in", "db");
    expect(printTable(compileOnce(plan, scenario))).toBe(printTable(compileOnce(plan, tcp())));
  });
});
