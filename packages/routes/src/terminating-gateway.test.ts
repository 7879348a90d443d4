import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGatewayOptions } from "./gateway-options.ts";
import { gatewayTable } from "./gateway-table.ts";
import type { Outbound, RouteTable } from "./route.ts";
import type { CompiledService } from "./service-routes.ts";
import { compileLinkedService, type LinkedService } from "./terminating-gateway.ts";
import { instanceRecord, intentionsFor, linkRecord, resolverEntry } from "./testing.ts";

const mesh = { datacenter: "dc1", trustDomain: "11111111.consul" };
const gateway = instanceRecord({ Service: "gw", Kind: "terminating-gateway", Address: "10.0.0.9", Port: 8443 }).Service;
const serverName = (name: string) => `${name}.default.dc1.internal.11111111.consul`;

function linked(name: string, facts: Partial<LinkedService> = {}): LinkedService {
  return {
    link: linkRecord("gw", name),
    instances: [instanceRecord({ Service: name })],
    sidecars: [],
    resolver: undefined,
    protocol: "tcp",
    authorization: { destination: name, intentions: [intentionsFor(name, { web: "allow" })], defaultAction: "deny" },
    leaf: { ready: true },
    limits: undefined,
    options: readGatewayOptions({}),
    mesh,
    ...facts,
  };
}

function tableOf(...services: readonly CompiledService[]): RouteTable {
  return gatewayTable({ service: gateway, options: readGatewayOptions({}), compiled: services });
}

function routesOf({ listeners }: RouteTable) {
  const match = listeners[0]?.match;
  return match?.by === "sni" ? match.routes : new Map<string, never>();
}

function onlyRoute(service: LinkedService) {
  const [first] = compileLinkedService(service).routes;
  if (first === undefined) throw new Error("no route");
  return first.route;
}

describe("compileLinkedService", () => {
  test("takes in for the linked service's own identity, with its own intentions", () => {
    const service = linked("db");
    expect(compileLinkedService(service)).toEqual({
      service: "db",
      unavailable: [],
      routes: [
        {
          serverName: serverName("db"),
          subset: undefined,
          route: {
            name: "db",
            inbound: { kind: "mtls", leaf: "db", authorization: service.authorization },
            outbound: { kind: "plain" },
            endpoints: [{ address: "10.0.0.1", port: 8080, weight: 1, healthy: true, node: "node1", instance: "db" }],
            connectTimeoutMs: 5_000,
            keepalive: { idleSeconds: 60 },
          },
        },
      ],
    });
  });

  const files = { CAFile: "/ca.pem", CertFile: "/cert.pem", KeyFile: "/key.pem" };
  const tls: readonly { name: string; link: Partial<LinkedService["link"]>; outbound: Outbound }[] = [
    { name: "without files: plain", link: {}, outbound: { kind: "plain" } },
    { name: "a server name alone changes nothing", link: { SNI: "db.example.com" }, outbound: { kind: "plain" } },
    { name: "a CA file: TLS", link: { CAFile: "/ca.pem" }, outbound: { kind: "tls", caFile: "/ca.pem" } },
    {
      name: "a CA file and a server name: TLS to that name",
      link: { CAFile: "/ca.pem", SNI: "db.example.com" },
      outbound: { kind: "tls", caFile: "/ca.pem", serverName: "db.example.com" },
    },
    {
      name: "an empty server name is none",
      link: { CAFile: "/ca.pem", SNI: "" },
      outbound: { kind: "tls", caFile: "/ca.pem" },
    },
    { name: "an empty CA file is none", link: { CAFile: "", SNI: "db.example.com" }, outbound: { kind: "plain" } },
    {
      name: "all three files: mutual TLS",
      link: { ...files, SNI: "db.example.com" },
      outbound: {
        kind: "mtls",
        caFile: "/ca.pem",
        certFile: "/cert.pem",
        keyFile: "/key.pem",
        serverName: "db.example.com",
      },
    },
  ];
  for (const { name, link, outbound } of tls) {
    test(name, () =>
      expect(onlyRoute(linked("db", { link: linkRecord("gw", "db", link) })).outbound).toEqual(outbound),
    );
  }

  const timeouts: readonly { name: string; own?: string; gateway?: number; ms: number }[] = [
    { name: "5 s when nobody says", ms: 5_000 },
    { name: "the gateway's", gateway: 700, ms: 700 },
    { name: "the resolver's before the gateway's", own: "1.5s", gateway: 700, ms: 1_500 },
    { name: "a resolver's zero is none", own: "0s", gateway: 700, ms: 700 },
    { name: "a resolver's that cannot be read is none", own: "soon", ms: 5_000 },
  ];
  for (const { name, own, gateway: gatewayMs, ms } of timeouts) {
    test(`connect timeout: ${name}`, () => {
      const resolver = own === undefined ? undefined : resolverEntry("db", { ConnectTimeout: own });
      const options = readGatewayOptions(gatewayMs === undefined ? {} : { connect_timeout_ms: gatewayMs });
      expect(onlyRoute(linked("db", { resolver, options })).connectTimeoutMs).toBe(ms);
    });
  }

  test("without a leaf there is no route, but the reason", () => {
    const compiled = compileLinkedService(linked("db", { leaf: { ready: false, reason: "the CA is away" } }));
    expect(compiled).toEqual({ service: "db", routes: [], unavailable: [{ name: "db", reason: "the CA is away" }] });
  });

  test("without instances there is a route, and the reason why it leads nowhere", () => {
    const { routes, unavailable } = compileLinkedService(linked("db", { instances: [] }));
    expect(routes.map(({ route }) => route.endpoints)).toEqual([[]]);
    expect(unavailable).toEqual([{ name: "db", reason: "no instance is registered" }]);
  });

  test("a subset that cannot be used costs only its own route", () => {
    const Subsets = { bad: { Filter: "nonsense" }, good: { Filter: "Service.Port == 8080" } };
    const { routes, unavailable } = compileLinkedService(linked("db", { resolver: resolverEntry("db", { Subsets }) }));
    expect(routes.map((each) => each.serverName)).toEqual([serverName("db"), serverName("good.db")]);
    expect(unavailable).toMatchObject([
      { name: "bad.db", reason: expect.stringContaining("subset bad cannot be used") },
    ]);
  });

  test("instances that are in the mesh themselves are dialled too, as Consul does", () => {
    const meshed = [
      instanceRecord({ Service: "db", ID: "native", Connect: { Native: true } }),
      instanceRecord({ Service: "db", ID: "sidecared" }),
      instanceRecord({ Service: "db", ID: "outside" }),
      instanceRecord({ Service: "db", ID: "sidecared", Node: { Node: "node2" } }),
    ];
    const sidecar = {
      Kind: "connect-proxy",
      Proxy: { DestinationServiceName: "db", DestinationServiceID: "sidecared" },
    } as const;
    const service = linked("db", {
      instances: meshed,
      sidecars: [instanceRecord({ Service: "db-sidecar-proxy", ...sidecar })],
    });
    const dialled = (facts: Partial<LinkedService>) =>
      onlyRoute({ ...service, ...facts }).endpoints.map(({ node, instance }) => `${node} ${instance}`);
    expect(dialled({})).toEqual(["node1 native", "node1 outside", "node1 sidecared", "node2 sidecared"]);
    const options = readGatewayOptions({ causeway_only_outside_mesh: true });
    expect(dialled({ options })).toEqual(["node1 outside", "node2 sidecared"]);
  });

  test("the order of instances never matters", () => {
    const instance = fc.record({ ID: fc.constantFrom("a", "b", "c", "d"), Port: fc.integer({ min: 1, max: 9 }) });
    const instances = fc.uniqueArray(instance, { selector: ({ ID }) => ID });
    fc.assert(
      fc.property(instances, fc.nat(), (facts, turn) => {
        const records = facts.map((each) => instanceRecord({ Service: "db", ...each }));
        const turned = [
          ...records.slice(turn % (records.length + 1)),
          ...records.slice(0, turn % (records.length + 1)),
        ];
        expect(compileLinkedService(linked("db", { instances: turned }))).toEqual(
          compileLinkedService(linked("db", { instances: records })),
        );
      }),
    );
  });
});

describe("gatewayTable", () => {
  test("a gateway without services listens all the same", () => {
    expect(tableOf()).toEqual({
      listeners: [{ name: "default", address: "10.0.0.9", port: 8443, match: { by: "sni", routes: new Map() } }],
      unavailable: [],
    });
  });

  test("a service that has lost its leaf takes no other with it", () => {
    const lost = compileLinkedService(linked("api", { leaf: { ready: false, reason: "Permission denied" } }));
    const table = tableOf(lost, compileLinkedService(linked("db")));
    expect([...routesOf(table).keys()]).toEqual([serverName("db")]);
    expect(table.unavailable).toEqual([{ name: "api", reason: "Permission denied" }]);
  });

  test("every listener has every route", () => {
    const options = readGatewayOptions({ envoy_gateway_bind_addresses: { wan: { address: "127.0.0.1", port: 1 } } });
    const { listeners } = gatewayTable({
      service: gateway,
      options,
      compiled: [compileLinkedService(linked("db"))],
    });
    expect(listeners.map(({ match }) => match.by === "sni" && [...match.routes.keys()])).toEqual([
      [serverName("db")],
      [serverName("db")],
    ]);
  });

  test("what is wrong with the options is told, and the defaults hold", () => {
    const options = readGatewayOptions({ connect_timeout_ms: "soon" });
    const table = gatewayTable({ service: gateway, options, compiled: [] });
    expect(table.listeners).toHaveLength(1);
    expect(table.unavailable).toEqual([
      { name: "Proxy.Config.connect_timeout_ms", reason: '"soon" is not a whole number; the default is used' },
    ]);
  });

  test("a service whose name looks like a subset keeps its name, and the subset is told", () => {
    const named = compileLinkedService(linked("v1.db"));
    const subset = compileLinkedService(linked("db", { resolver: resolverEntry("db", { Subsets: { v1: {} } }) }));
    for (const table of [tableOf(named, subset), tableOf(subset, named)]) {
      expect(routesOf(table).get(serverName("v1.db"))?.inbound).toMatchObject({ leaf: "v1.db" });
      expect(table.unavailable).toMatchObject([{ name: "v1.db", reason: expect.stringContaining("server name") }]);
    }
  });

  test("the order of services never matters", () => {
    const names = fc.shuffledSubarray(["db", "web", "v1.db", "v1.web", "api"]);
    fc.assert(
      fc.property(names, fc.array(fc.constantFrom("v1", "v2", "bad")), (services, subsets) => {
        const Subsets = Object.fromEntries(subsets.map((name) => [name, name === "bad" ? { Filter: "?" } : {}]));
        const compile = (name: string) =>
          compileLinkedService(linked(name, { resolver: resolverEntry(name, { Subsets }) }));
        expect(tableOf(...services.map(compile))).toEqual(tableOf(...[...services].sort().map(compile)));
      }),
    );
  });
});
