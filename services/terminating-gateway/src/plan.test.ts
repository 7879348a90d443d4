import { compileOnce, printTable, Scenario } from "@causeway/gateway/testing";
import type { InstanceFacts } from "@causeway/routes/testing";
import { describe, expect, test } from "vitest";
import { terminatingGateway } from "./plan.ts";

const plan = terminatingGateway({ service: "gw", node: "node1", id: "gw1", datacenter: "dc1" });
const GATEWAY: InstanceFacts = {
  Service: "gw",
  ID: "gw1",
  Kind: "terminating-gateway",
  Address: "10.0.0.9",
  Port: 8443,
};

/** A gateway that is registered. */
function registered(gateway: Partial<InstanceFacts> = {}): Scenario {
  return new Scenario().register({ ...GATEWAY, ...gateway });
}

/** A gateway linked to an API and a database, with an intention each. */
function base(gateway: Partial<InstanceFacts> = {}): Scenario {
  return registered(gateway)
    .link("gw", "api")
    .register({ Service: "api", Address: "10.0.1.1", Port: 8080 })
    .register({ Service: "api", Address: "10.0.1.2", Port: 8080, Node: { Node: "node2" }, Checks: ["critical"] })
    .intend("allow", "web", "api")
    .link("gw", "db", {
      CAFile: "/tls/ca.pem",
      CertFile: "/tls/cert.pem",
      KeyFile: "/tls/key.pem",
      SNI: "db.example.com",
    })
    .register({ Service: "db", Port: 5432, Weights: { Passing: 10, Warning: 1 }, Checks: ["warning"] })
    .intend("allow", "*", "db");
}

const versions = {
  v1: { Filter: "Service.Meta.version == v1" },
  v2: { Filter: "Service.Meta.version == v2", OnlyPassing: true },
};

function withVersions(scenario: Scenario): Scenario {
  return scenario
    .register({ Service: "api", ID: "api-v1", Address: "10.0.1.3", Meta: { version: "v1" } })
    .register({ Service: "api", ID: "api-v2", Address: "10.0.1.4", Meta: { version: "v2" }, Checks: ["warning"] });
}

const golden: Readonly<Record<string, () => Scenario>> = {
  base,
  "no-services": () => registered(),
  "no-api-cert"() {
    const scenario = base();
    scenario.setLeaf("api", { ready: false, reason: "no leaf certificate: Permission denied" });
    return scenario;
  },
  "service-subsets": () => withVersions(base()).resolve("api", { Subsets: versions, ConnectTimeout: "1s" }),
  "default-service-subset": () => withVersions(base()).resolve("api", { Subsets: versions, DefaultSubset: "v2" }),
  hostname: () =>
    registered()
      .link("gw", "mail")
      .register({ Service: "mail", ID: "mail1", Address: "mail.example.com", Port: 25 })
      .register({ Service: "mail", ID: "mail2", Address: "mx.example.com", Port: 25, Checks: ["critical"] })
      .register({ Service: "mail", ID: "mail3", Address: "2001:db8::25", Port: 25 }),
  "ignore-extra-resolvers": () => base().resolve("not-linked", { Subsets: versions, DefaultSubset: "v2" }),
  sni: () =>
    registered()
      .link("gw", "api", { CAFile: "/tls/ca.pem", SNI: "api.example.com" })
      .register({ Service: "api" })
      .link("gw", "plain", { SNI: "ignored.example.com" })
      .register({ Service: "plain" }),
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
  "custom-and-tagged-addresses": () =>
    base({
      TaggedAddresses: { lan: { Address: "10.0.0.9", Port: 8443 }, wan: { Address: "203.0.113.7", Port: 443 } },
      Proxy: {
        Config: {
          envoy_gateway_no_default_bind: true,
          envoy_gateway_bind_tagged_addresses: true,
          envoy_gateway_bind_addresses: {
            foo: { address: "198.17.2.3", port: 8080 },
            lan2: { address: "10.0.0.9", port: 8443 },
          },
        },
      },
    }),
  "tls-incoming-min-version": () => base().meshTls({ Incoming: { TLSMinVersion: "TLSv1_3" } }),
  "tls-incoming-max-version": () => base().meshTls({ Incoming: { TLSMaxVersion: "TLSv1_2" } }),
  "tls-incoming-cipher-suites": () =>
    base().meshTls({ Incoming: { CipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "NULL"] } }),
  http: () => base().proxyDefaults({ protocol: "http2" }).serviceDefaults("api", { Protocol: "http" }),
  "service-ports": () =>
    withVersions(base({ Proxy: { Config: { causeway_service_ports: "21300-21399" } } }))
      .link("gw", "api", { Slot: 0 })
      .link("gw", "db", { Slot: 2, CAFile: "/tls/ca.pem" })
      .resolve("api", { Subsets: versions, DefaultSubset: "v1" }),
  "service-ports-named": () =>
    base({
      TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 443 } },
      Proxy: {
        Config: {
          envoy_gateway_bind_tagged_addresses: true,
          causeway_service_ports: { db: 21_300, "not-linked": 21_301, api: "443" },
        },
      },
    }),
  "service-ports-short": () =>
    base({ Proxy: { Config: { causeway_service_ports: "21300" } } })
      .link("gw", "api", { Slot: 0 })
      .link("gw", "db", { Slot: 1 }),
  "unreadable-filter": () =>
    withVersions(base()).resolve("api", { Subsets: { ...versions, v3: { Filter: "Service.Meta.version" } } }),
  "unreadable-config": () =>
    base({
      Proxy: {
        Config: { connect_timeout_ms: "soon", envoy_gateway_bind_addresses: 7, causeway_service_ports: "all" },
      },
    }),
};

describe("a terminating gateway's table", () => {
  for (const [name, scenario] of Object.entries(golden)) {
    test(name, async () => {
      await expect(printTable(compileOnce(plan, scenario()))).toMatchFileSnapshot(`../test/golden/${name}.txt`);
    });
  }

  test("what nobody asked about changes nothing", () => {
    const tableOf = (scenario: Scenario) => printTable(compileOnce(plan, scenario));
    expect(tableOf(base().resolve("not-linked", { DefaultSubset: "v2" }))).toBe(tableOf(base()));
    expect(tableOf(base().register({ Service: "not-linked" }).intend("allow", "web", "not-linked"))).toBe(
      tableOf(base()),
    );
  });

  test("a link that has gone leaves no trace", () => {
    const scenario = base().link("gw", "gone").register({ Service: "gone" }).resolve("gone", { Subsets: versions });
    scenario.remove("catalog", "gateway-service", ["gw", "gone"]);
    expect(printTable(compileOnce(plan, scenario))).toBe(printTable(compileOnce(plan, base())));
  });

  test("proxy-defaults stand in for what the registration leaves out", () => {
    const scenario = base({ Proxy: { Config: { envoy_gateway_no_default_bind: false } } });
    scenario.proxyDefaults({ connect_timeout_ms: 700, envoy_gateway_no_default_bind: true });
    const printed = printTable(compileOnce(plan, scenario));
    expect(printed).toContain('"connectTimeoutMs":700');
    expect(printed).toContain("listener default");
  });

  const waits: readonly { name: string; scenario: () => Scenario; waitingFor: RegExp }[] = [
    {
      name: "until it is registered",
      scenario: () => new Scenario(),
      waitingFor: /instance gw1 of the service gw on node node1 is not registered/,
    },
    {
      name: "while it is registered as something else",
      scenario: () => registered({ Kind: "" }),
      waitingFor: /registered as kind "", not "terminating-gateway"/,
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
    const table = compileOnce(plan, scenario);
    expect(table).toMatchObject({ listeners: [{ port: 8443 }], unavailable: [{ name: "registration" }] });
  });

  test("denies what no intention allows while no default policy is known", () => {
    const scenario = base();
    scenario.remove("intentions", "settings", ["default-policy"]);
    const printed = printTable(compileOnce(plan, scenario));
    expect(printed).toContain("default deny");
    expect(printed).toContain("has not been published");
  });

  test("has no route before the CA has published its roots", () => {
    const scenario = base();
    scenario.remove("caRoots", "roots", []);
    const printed = printTable(compileOnce(plan, scenario));
    expect(printed).toContain("the CA has not published its roots");
    expect(printed).not.toContain("internal");
  });

  test("reads sidecars only when it leaves their services out", () => {
    const sidecar: InstanceFacts = {
      Service: "api-sidecar-proxy",
      Kind: "connect-proxy",
      Proxy: { DestinationServiceName: "api", DestinationServiceID: "api" },
    };
    const meshed = (scenario: Scenario) => {
      scenario.put("catalog", "connect", ["api", "api-sidecar-proxy"], {
        Destination: "api",
        Provider: "api-sidecar-proxy",
        Kind: "connect-proxy",
      });
      return scenario.register(sidecar);
    };
    const endpoints = (scenario: Scenario) => printTable(compileOnce(plan, scenario)).match(/10\.0\.1\.\d port/g);
    expect(endpoints(meshed(base()))).toHaveLength(2);
    expect(endpoints(meshed(base({ Proxy: { Config: { causeway_only_outside_mesh: true } } })))).toHaveLength(1);
  });
});
