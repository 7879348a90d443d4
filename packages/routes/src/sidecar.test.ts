import type { ServiceResolverEntry, Upstream } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Provider } from "./providers.ts";
import { compilePublicListener, type PublicSide } from "./sidecar-public.ts";
import { sidecarTable } from "./sidecar-table.ts";
import { compileUpstream, type UpstreamSide } from "./sidecar-upstream.ts";
import { chainEntries, type EntryFacts, type InstanceFacts, instanceRecord } from "./testing.ts";
import { upstreamChain } from "./upstream-chain.ts";

const mesh = { datacenter: "dc1", trustDomain: "11111111.consul" };
const authorization = { destination: "web", intentions: [], defaultAction: "deny" } as const;

const PROXY = { DestinationServiceName: "web", DestinationServiceID: "web1", LocalServicePort: 8080 };

function publicSide(facts: Partial<PublicSide> & { readonly service?: Partial<InstanceFacts> } = {}): PublicSide {
  const { service, ...side } = facts;
  const registered = {
    Service: "web-sidecar-proxy",
    Kind: "connect-proxy",
    Port: 21_000,
    Proxy: PROXY,
    ...service,
  } as const;
  const common = {
    defaults: undefined,
    protocol: "tcp",
    authorization,
    leaf: { ready: true },
    limits: undefined,
  } as const;
  return { instance: instanceRecord(registered), ...common, ...side };
}

describe("compilePublicListener", () => {
  test("takes in for the application's identity, and goes on plain to its local port", () => {
    expect(compilePublicListener(publicSide())).toEqual({
      listener: {
        name: "public",
        address: "0.0.0.0",
        port: 21_000,
        match: {
          by: "listener",
          route: {
            name: "web",
            inbound: { kind: "mtls", leaf: "web", authorization },
            outbound: { kind: "plain" },
            endpoints: [
              { address: "127.0.0.1", port: 8080, weight: 1, healthy: true, node: "node1", instance: "web1" },
            ],
            connectTimeoutMs: 5_000,
          },
        },
      },
      unavailable: [],
    });
  });

  const binds: readonly { name: string; config?: object; defaults?: Record<string, unknown>; bind: string }[] = [
    {
      name: "its own bind address and port",
      config: { bind_address: "10.0.0.9", bind_port: 8443 },
      bind: "10.0.0.9:8443",
    },
    { name: "a port as text", config: { bind_port: "8443" }, bind: "0.0.0.0:8443" },
    { name: "an IPv6 address", config: { bind_address: "::1" }, bind: "::1:21000" },
    { name: "what proxy-defaults say", defaults: { bind_address: "127.0.0.1" }, bind: "127.0.0.1:21000" },
    {
      name: "its own before proxy-defaults",
      config: { bind_address: "::1" },
      defaults: { bind_address: "127.0.0.1" },
      bind: "::1:21000",
    },
  ];
  for (const { name, config = {}, defaults, bind } of binds) {
    test(`binds ${name}`, () => {
      const service = { Proxy: { ...PROXY, Config: { ...config } } };
      const { listener } = compilePublicListener(publicSide({ service, defaults }));
      expect(`${listener?.address}:${listener?.port}`).toBe(bind);
    });
  }

  const protocols: readonly { name: string; entries: string; own?: string; spoken: string | undefined }[] = [
    { name: "none where it is TCP", entries: "tcp", spoken: undefined },
    { name: "what the entries say", entries: "http", spoken: "http" },
    { name: "its proxy's own before that", entries: "tcp", own: "GRPC", spoken: "grpc" },
    { name: "none where its proxy says TCP", entries: "http", own: "tcp", spoken: undefined },
    { name: "none that is not known", entries: "mysql", spoken: undefined },
  ];
  for (const { name, entries, own, spoken } of protocols) {
    test(`has as protocol ${name}`, () => {
      const service = { Proxy: { ...PROXY, Config: own === undefined ? {} : { protocol: own } } };
      const match = compilePublicListener(publicSide({ service, protocol: entries })).listener?.match;
      expect(match?.by === "listener" && match.route.protocol).toBe(spoken);
    });
  }

  const obstacles: readonly { name: string; side: Parameters<typeof publicSide>[0]; reason: RegExp }[] = [
    { name: "no leaf", side: { leaf: { ready: false, reason: "the CA is away" } }, reason: /the CA is away/ },
    {
      name: "no local port",
      side: { service: { Proxy: { DestinationServiceName: "web" } } },
      reason: /LocalServicePort is not set/,
    },
    {
      name: "a host name to bind",
      side: { service: { Proxy: { ...PROXY, Config: { bind_address: "here" } } } },
      reason: /here is no IP address/,
    },
  ];
  for (const { name, side, reason } of obstacles) {
    test(`has no listener with ${name}, but the reason`, () => {
      const compiled = compilePublicListener(publicSide(side));
      expect(compiled.listener).toBeUndefined();
      expect(compiled.unavailable).toMatchObject([{ name: "public", reason: expect.stringMatching(reason) }]);
    });
  }

  test("what is set and not done is told, and costs nothing else", () => {
    const Config = { max_inbound_connections: 5, local_connect_timeout_ms: "soon" };
    const Expose = { Paths: [{ Path: "/healthz" }] };
    const { listener, unavailable } = compilePublicListener(
      publicSide({ service: { Proxy: { ...PROXY, Config, Expose } } }),
    );
    expect(listener).toBeDefined();
    expect(unavailable.map(({ name }) => name)).toEqual([
      "Proxy.Config.local_connect_timeout_ms",
      "Proxy.Config.max_inbound_connections",
      "Proxy.Expose",
    ]);
  });
});

const upstream: Upstream = { DestinationName: "db", LocalBindPort: 5000 };

function provider(kind: Provider["kind"], ...instances: readonly InstanceFacts[]): Provider {
  return { kind, instances: instances.map(instanceRecord) };
}

const sidecarOfDb = (facts: Partial<InstanceFacts> = {}): InstanceFacts => ({
  Service: "db-sidecar-proxy",
  Kind: "connect-proxy",
  Port: 21_001,
  Proxy: { DestinationServiceName: "db" },
  ...facts,
});
const gateway = (facts: Partial<InstanceFacts> = {}): InstanceFacts => ({
  Service: "gw",
  Kind: "terminating-gateway",
  Port: 8443,
  ...facts,
});

type Facts = Partial<Pick<UpstreamSide, "upstream" | "leaf" | "limits">> & {
  readonly entries?: readonly EntryFacts[];
  readonly providers?: readonly Provider[];
};

function upstreamSide({ entries = [], providers, ...facts }: Facts = {}): UpstreamSide {
  const known = providers ?? [provider("connect-proxy", sidecarOfDb())];
  const asked = facts.upstream ?? upstream;
  return {
    upstream: asked,
    source: "web",
    leaf: { ready: true },
    chain: upstreamChain(asked, { service: "web", meshGateway: undefined }, chainEntries(entries), mesh),
    placeOf: () => ({ providers: known, gateways: [], reachable: true }),
    limits: undefined,
    mesh,
    ...facts,
  };
}

const resolverOf = (facts: Partial<ServiceResolverEntry>): EntryFacts => ({
  Kind: "service-resolver",
  Name: "db",
  ...facts,
});

function routeOf(side: UpstreamSide) {
  const match = compileUpstream(side).listener?.match;
  if (match?.by !== "listener") throw new Error("no listener");
  return match.route;
}

const reached = (side: UpstreamSide) => routeOf(side).endpoints.map(({ instance }) => instance);

describe("compileUpstream", () => {
  test("is plain on loopback, and asks the mesh for the destination, which must prove to be that", () => {
    expect(compileUpstream(upstreamSide())).toEqual({
      listener: {
        name: "db:127.0.0.1:5000",
        address: "127.0.0.1",
        port: 5000,
        match: {
          by: "listener",
          route: {
            name: "db",
            inbound: { kind: "plain" },
            outbound: {
              kind: "mesh",
              leaf: "web",
              serverName: "db.default.dc1.internal.11111111.consul",
              spiffeIds: ["spiffe://11111111.consul/ns/default/dc/dc1/svc/db"],
            },
            endpoints: [
              {
                address: "10.0.0.1",
                port: 21_001,
                weight: 1,
                healthy: true,
                node: "node1",
                instance: "db-sidecar-proxy",
              },
            ],
            connectTimeoutMs: 5_000,
          },
        },
      },
      unavailable: [],
    });
  });

  test("goes to sidecars of the destination only, to native instances, and to all of a gateway's", () => {
    const providers = [
      provider("connect-proxy", sidecarOfDb(), sidecarOfDb({ ID: "of-api", Proxy: { DestinationServiceName: "api" } })),
      provider("native", { Service: "db", ID: "native", Connect: { Native: true } }, { Service: "db", ID: "plain" }),
      provider(
        "terminating-gateway",
        gateway({ ID: "gw1" }),
        gateway({ ID: "gw2" }),
        gateway({ ID: "no-gateway", Kind: "" }),
      ),
    ];
    expect(reached(upstreamSide({ providers })).sort()).toEqual(["db-sidecar-proxy", "gw1", "gw2", "native"]);
  });

  test("a default subset is asked for by its name, and narrows all but gateways", () => {
    const resolver = resolverOf({
      DefaultSubset: "v1",
      Subsets: { v1: { Filter: "Service.Meta.version == v1" } },
    });
    const providers = [
      provider(
        "connect-proxy",
        sidecarOfDb({ ID: "v1", Meta: { version: "v1" } }),
        sidecarOfDb({ ID: "v2", Meta: { version: "v2" } }),
      ),
      provider("terminating-gateway", gateway({ ID: "gw" })),
    ];
    const side = upstreamSide({ entries: [resolver], providers });
    expect(reached(side)).toEqual(["gw", "v1"]);
    expect(routeOf(side).name).toBe("v1.db");
    expect(routeOf(side).outbound).toMatchObject({ serverName: "v1.db.default.dc1.internal.11111111.consul" });
  });

  test("an external SNI replaces the whole name, not the identity", () => {
    const defaults = { Kind: "service-defaults", Name: "db", ExternalSNI: "db.example.com" } as const;
    expect(routeOf(upstreamSide({ entries: [defaults] })).outbound).toMatchObject({
      serverName: "db.example.com",
      spiffeIds: ["spiffe://11111111.consul/ns/default/dc/dc1/svc/db"],
    });
  });

  const timeouts: readonly { name: string; config?: object; resolver?: string; ms: number }[] = [
    { name: "5 s when nobody says", ms: 5_000 },
    { name: "the resolver's", resolver: "2s", ms: 2_000 },
    {
      name: "the upstream's own before the resolver's",
      config: { connect_timeout_ms: "700" },
      resolver: "2s",
      ms: 700,
    },
  ];
  for (const { name, config = {}, resolver, ms } of timeouts) {
    test(`connect timeout: ${name}`, () => {
      const entries = resolver === undefined ? [] : [resolverOf({ ConnectTimeout: resolver })];
      const side = upstreamSide({ upstream: { ...upstream, Config: { ...config } }, entries });
      expect(routeOf(side).connectTimeoutMs).toBe(ms);
    });
  }

  const obstacles: readonly { name: string; side: Facts; reason: RegExp }[] = [
    {
      name: "a prepared query",
      side: { upstream: { ...upstream, DestinationType: "prepared_query" } },
      reason: /prepared queries/,
    },
    {
      name: "a service of another cluster",
      side: { upstream: { ...upstream, DestinationPeer: "elsewhere" } },
      reason: /peering is not supported/,
    },
    {
      name: "a redirect in a circle",
      side: {
        entries: [
          resolverOf({ Redirect: { Service: "db2" } }),
          { Kind: "service-resolver", Name: "db2", Redirect: { Service: "db" } },
        ],
      },
      reason: /circular resolver redirect/,
    },
    { name: "no local port", side: { upstream: { DestinationName: "db" } }, reason: /LocalBindPort is not set/ },
    {
      name: "a host name to bind",
      side: { upstream: { ...upstream, LocalBindAddress: "here" } },
      reason: /no IP address/,
    },
    { name: "no leaf", side: { leaf: { ready: false, reason: "the CA is away" } }, reason: /the CA is away/ },
    {
      name: "a default subset that is not there",
      side: { entries: [resolverOf({ DefaultSubset: "v1" })] },
      reason: /subset named "v1"/,
    },
  ];
  for (const { name, side, reason } of obstacles) {
    test(`has no listener with ${name}, but the reason`, () => {
      const { listener, unavailable } = compileUpstream(upstreamSide(side));
      expect(listener).toBeUndefined();
      expect(unavailable).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    });
  }

  test("naming its own datacenter is no obstacle", () => {
    expect(compileUpstream(upstreamSide({ upstream: { ...upstream, Datacenter: "dc1" } })).listener).toBeDefined();
  });

  test("without anybody to reach it listens, and says so", () => {
    const { listener, unavailable } = compileUpstream(upstreamSide({ providers: [] }));
    expect(listener).toBeDefined();
    expect(unavailable).toEqual([
      { name: "db:127.0.0.1:5000", reason: "db: no instance takes mesh connections for it" },
    ]);
  });

  test("the order of providers and instances never matters", () => {
    const all = [
      provider("connect-proxy", sidecarOfDb({ ID: "a" }), sidecarOfDb({ ID: "b" })),
      provider("terminating-gateway", gateway({ ID: "c" }), gateway({ ID: "d" })),
      provider("native", { Service: "db", ID: "e", Connect: { Native: true } }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 3 }), (providers) => {
        const reversed = providers.map(({ kind, instances }) => ({ kind, instances: [...instances].reverse() }));
        expect(compileUpstream(upstreamSide({ providers: reversed }))).toEqual(
          compileUpstream(upstreamSide({ providers: all })),
        );
      }),
    );
  });
});

describe("sidecarTable", () => {
  test("one upstream that cannot be had costs no other, and the order never matters", () => {
    const parts = [
      compilePublicListener(publicSide()),
      compileUpstream(upstreamSide()),
      compileUpstream(
        upstreamSide({ upstream: { DestinationName: "far", DestinationPeer: "elsewhere", LocalBindPort: 5001 } }),
      ),
    ];
    const table = sidecarTable(parts);
    expect(table.listeners.map(({ name }) => name)).toEqual(["db:127.0.0.1:5000", "public"]);
    expect(table.unavailable.map(({ name }) => name)).toEqual(["far:127.0.0.1:5001"]);
    expect(sidecarTable([...parts].reverse())).toEqual(table);
  });
});
