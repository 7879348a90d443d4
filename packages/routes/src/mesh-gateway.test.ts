import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGatewayOptions } from "./gateway-options.ts";
import { gatewayTable } from "./gateway-table.ts";
import { compileMeshService, type MeshService } from "./mesh-gateway.ts";
import type { Provider } from "./providers.ts";
import type { RouteTable } from "./route.ts";
import type { CompiledService } from "./service-routes.ts";
import { type InstanceFacts, instanceRecord, resolverEntry } from "./testing.ts";

const mesh = { datacenter: "dc1", trustDomain: "11111111.consul" };
const gateway = instanceRecord({ Service: "gw", Kind: "mesh-gateway", Address: "10.0.0.9", Port: 8443 }).Service;
const serverName = (name: string) => `${name}.default.dc1.internal.11111111.consul`;

const sidecarOf = (service: string, facts: Partial<InstanceFacts> = {}) =>
  instanceRecord({
    Service: `${service}-sidecar-proxy`,
    Kind: "connect-proxy",
    Port: 21_000,
    Proxy: { DestinationServiceName: service },
    ...facts,
  });

function meshService(service: string, facts: Partial<MeshService> = {}): MeshService {
  return {
    service,
    providers: [{ kind: "connect-proxy", instances: [sidecarOf(service)] }],
    resolver: undefined,
    options: readGatewayOptions({}),
    mesh,
    ...facts,
  };
}

function tableOf(...compiled: readonly CompiledService[]): RouteTable {
  return gatewayTable({ service: gateway, options: readGatewayOptions({}), compiled });
}

/** Who is dialled under each name: the instances that are healthy. */
function dialled(service: MeshService): Readonly<Record<string, readonly string[]>> {
  const { routes } = compileMeshService(service);
  return Object.fromEntries(
    routes.map(({ route }) => [
      route.name,
      route.endpoints.filter(({ healthy }) => healthy).map(({ instance }) => instance),
    ]),
  );
}

/** Two versions of a database's sidecars, of which the second only has a warning. */
const versions: Provider = {
  kind: "connect-proxy",
  instances: [
    sidecarOf("db", { ID: "db-v1", Meta: { version: "v1" } }),
    sidecarOf("db", { ID: "db-v2", Meta: { version: "v2" }, Checks: ["warning"] }),
  ],
};
const Subsets = {
  v1: { Filter: "Service.Meta.version == v1" },
  v2: { Filter: "Service.Meta.version == v2", OnlyPassing: true },
};

describe("compileMeshService", () => {
  test("passes connections through to the service's sidecars", () => {
    expect(compileMeshService(meshService("db"))).toEqual({
      service: "db",
      unavailable: [],
      routes: [
        {
          serverName: serverName("db"),
          subset: undefined,
          route: {
            name: "db",
            inbound: { kind: "passthrough" },
            outbound: { kind: "plain" },
            endpoints: [
              {
                address: "10.0.0.1",
                port: 21_000,
                weight: 1,
                healthy: true,
                node: "node1",
                instance: "db-sidecar-proxy",
              },
            ],
            connectTimeoutMs: 5_000,
            keepalive: { idleSeconds: 60 },
          },
        },
      ],
    });
  });

  test("dials whoever takes mesh connections for the service, and nobody else", () => {
    const providers: readonly Provider[] = [
      {
        kind: "connect-proxy",
        instances: [sidecarOf("db", { ID: "own" }), sidecarOf("api", { ID: "of-another" })],
      },
      {
        kind: "native",
        instances: [
          instanceRecord({ Service: "db", ID: "native", Connect: { Native: true } }),
          instanceRecord({ Service: "db", ID: "application" }),
        ],
      },
      {
        kind: "terminating-gateway",
        instances: [
          instanceRecord({ Service: "gw", ID: "gateway", Kind: "terminating-gateway" }),
          instanceRecord({ Service: "gw", ID: "no-gateway" }),
        ],
      },
    ];
    expect(dialled(meshService("db", { providers }))).toEqual({ db: ["gateway", "native", "own"] });
  });

  const subsets: readonly { name: string; resolver: Parameters<typeof resolverEntry>[1]; expected: object }[] = [
    {
      name: "each subset has its own instances and rule of health",
      resolver: { Subsets },
      expected: { db: ["db-v1", "db-v2"], "v1.db": ["db-v1"], "v2.db": [] },
    },
    {
      name: "the default subset is what the name alone means",
      resolver: { Subsets, DefaultSubset: "v1" },
      expected: { db: ["db-v1"], "v1.db": ["db-v1"], "v2.db": [] },
    },
    {
      name: "a filter that cannot be read costs only its own subset",
      resolver: { Subsets: { bad: { Filter: "nonsense" }, v1: Subsets.v1 } },
      expected: { db: ["db-v1", "db-v2"], "v1.db": ["db-v1"] },
    },
    {
      name: "a redirect is for whoever calls: who asks for the name itself gets its instances",
      resolver: { Redirect: { Service: "other" } },
      expected: { db: ["db-v1", "db-v2"] },
    },
  ];
  for (const { name, resolver, expected } of subsets) {
    test(name, () => {
      const service = meshService("db", { providers: [versions], resolver: resolverEntry("db", resolver) });
      expect(dialled(service)).toEqual(expected);
    });
  }

  test("a terminating gateway is asked for every subset, since it applies the filter itself", () => {
    const instances = [instanceRecord({ Service: "gw", Kind: "terminating-gateway" })];
    const providers: readonly Provider[] = [{ kind: "terminating-gateway", instances }];
    const service = meshService("db", { providers, resolver: resolverEntry("db", { Subsets }) });
    expect(dialled(service)).toEqual({ db: ["gw"], "v1.db": ["gw"], "v2.db": ["gw"] });
  });

  const timeouts: readonly { name: string; own?: string; gateway?: number; ms: number }[] = [
    { name: "5 s when nobody says", ms: 5_000 },
    { name: "the gateway's", gateway: 700, ms: 700 },
    { name: "the resolver's before the gateway's", own: "1.5s", gateway: 700, ms: 1_500 },
  ];
  for (const { name, own, gateway: gatewayMs, ms } of timeouts) {
    test(`connect timeout: ${name}`, () => {
      const resolver = own === undefined ? undefined : resolverEntry("db", { ConnectTimeout: own });
      const options = readGatewayOptions(gatewayMs === undefined ? {} : { connect_timeout_ms: gatewayMs });
      const { routes } = compileMeshService(meshService("db", { resolver, options }));
      expect(routes.map(({ route }) => route.connectTimeoutMs)).toEqual([ms]);
    });
  }

  test("a service without instances has a route, and the reason why it leads nowhere", () => {
    const { routes, unavailable } = compileMeshService(meshService("db", { providers: [] }));
    expect(routes.map(({ route }) => route.endpoints)).toEqual([[]]);
    expect(unavailable).toEqual([{ name: "db", reason: "no instance takes mesh connections" }]);
  });
});

test("a mesh gateway without services listens all the same", () => {
  expect(tableOf()).toEqual({
    listeners: [{ name: "default", address: "10.0.0.9", port: 8443, match: { by: "sni", routes: new Map() } }],
    unavailable: [],
  });
});

test("the order of services, providers and instances never matters", () => {
  const names = fc.shuffledSubarray(["db", "web", "v1.db", "api"]);
  const ids = fc.shuffledSubarray(["a", "b", "c", "d"]);
  fc.assert(
    fc.property(names, ids, fc.boolean(), (services, instances, turned) => {
      const compile = (ordered: readonly string[], providersTurned: boolean) => (name: string) => {
        const providers: readonly Provider[] = [
          { kind: "connect-proxy", instances: ordered.map((ID) => sidecarOf(name, { ID })) },
          { kind: "terminating-gateway", instances: [instanceRecord({ Service: "gw", Kind: "terminating-gateway" })] },
        ];
        const resolver = resolverEntry(name, { Subsets });
        const inOrder = providersTurned ? providers.toReversed() : providers;
        return compileMeshService(meshService(name, { providers: inOrder, resolver }));
      };
      const asGiven = tableOf(...services.map(compile(instances, turned)));
      expect(asGiven).toEqual(tableOf(...[...services].sort().map(compile([...instances].sort(), false))));
    }),
  );
});
