import { describe, expect, test } from "vitest";
import type { ChainTarget } from "./discovery-chain/chain.ts";
import { type InstanceFacts, instanceRecord } from "./testing.ts";
import { compileUpstreamTarget, type TargetPlace, type UpstreamTarget } from "./upstream-target.ts";

const mesh = { datacenter: "dc1", trustDomain: "11111111.consul" };

const target = (facts: Partial<ChainTarget> = {}): ChainTarget => ({
  id: "db.default.dc2",
  service: "db",
  subset: "",
  datacenter: "dc2",
  definition: {},
  meshGatewayMode: undefined,
  external: false,
  serverName: "db.default.dc2.internal.11111111.consul",
  name: "db.default.dc2.internal.11111111.consul",
  ...facts,
});

const sidecar = (facts: Partial<InstanceFacts> = {}) =>
  instanceRecord({
    Service: "db-sidecar-proxy",
    Kind: "connect-proxy",
    Address: "10.2.0.1",
    Port: 21_001,
    TaggedAddresses: { wan: { Address: "198.51.100.1", Port: 443 } },
    Proxy: { DestinationServiceName: "db" },
    ...facts,
  });

const gateway = (facts: Partial<InstanceFacts> = {}) =>
  instanceRecord({
    Service: "mgw",
    Kind: "mesh-gateway",
    Address: "10.0.0.9",
    Port: 8443,
    TaggedAddresses: { wan: { Address: "gw.example.com", Port: 4431 } },
    ...facts,
  });

const place = (facts: Partial<TargetPlace> = {}): TargetPlace => ({
  providers: [{ kind: "connect-proxy", instances: [sidecar()] }],
  gateways: [gateway()],
  reachable: true,
  ...facts,
});

function compile(facts: Partial<Omit<UpstreamTarget, "target">> & { readonly target?: Partial<ChainTarget> } = {}) {
  const { target: asked = {}, ...rest } = facts;
  return compileUpstreamTarget({
    target: target(asked),
    place: place(),
    source: "web",
    limits: undefined,
    mesh,
    connectTimeoutMs: 5_000,
    ...rest,
  });
}

/** Endpoints in short: `+ 10.0.0.9 port 8443`, with a minus where they are unhealthy. */
const endpointsOf = (compiled: ReturnType<typeof compile>) =>
  compiled.target?.endpoints.map(({ address, port, healthy }) => `${healthy ? "+" : "-"} ${address} port ${port}`);

describe("a target is reached", () => {
  const critical = { Checks: ["critical"] } as const;
  const cases: readonly { name: string; side: Parameters<typeof compile>[0]; endpoints: readonly string[] }[] = [
    { name: "at its instances' WAN addresses from elsewhere", side: {}, endpoints: ["+ 198.51.100.1 port 443"] },
    {
      name: "directly too when the mode says so",
      side: { target: { meshGatewayMode: "none" } },
      endpoints: ["+ 198.51.100.1 port 443"],
    },
    {
      name: "at its instances' own addresses within the datacenter, whatever the mode",
      side: { target: { datacenter: "dc1", meshGatewayMode: "local" } },
      endpoints: ["+ 10.2.0.1 port 21001"],
    },
    {
      name: "by the own gateways' LAN addresses in mode local",
      side: { target: { meshGatewayMode: "local" } },
      endpoints: ["+ 10.0.0.9 port 8443"],
    },
    {
      name: "by the other gateways' WAN addresses in mode remote, host names too",
      side: { target: { meshGatewayMode: "remote" } },
      endpoints: ["+ gw.example.com port 4431"],
    },
    {
      name: "by no gateway that is unhealthy",
      side: {
        target: { meshGatewayMode: "local" },
        place: place({ gateways: [gateway(), gateway({ ID: "2", ...critical })] }),
      },
      endpoints: ["- 10.0.0.9 port 8443", "+ 10.0.0.9 port 8443"],
    },
    {
      name: "by no gateway while nothing behind it is healthy",
      side: {
        target: { meshGatewayMode: "remote" },
        place: place({ providers: [{ kind: "connect-proxy", instances: [sidecar(critical)] }] }),
      },
      endpoints: ["- gw.example.com port 4431"],
    },
    {
      name: "by no gateway while nothing is behind it",
      side: { target: { meshGatewayMode: "remote" }, place: place({ providers: [] }) },
      endpoints: ["- gw.example.com port 4431"],
    },
    {
      name: "by a gateway when its datacenter cannot be asked, and never was",
      side: { target: { meshGatewayMode: "local" }, place: place({ providers: [], reachable: false }) },
      endpoints: ["+ 10.0.0.9 port 8443"],
    },
    {
      name: "directly when it is outside of the mesh",
      side: { target: { external: true, meshGatewayMode: "local" } },
      endpoints: ["+ 198.51.100.1 port 443"],
    },
  ];
  for (const { name, side, endpoints } of cases) {
    test(name, () => {
      expect(endpointsOf(compile(side))?.toSorted()).toEqual([...endpoints].toSorted());
    });
  }

  test.each([
    { mode: "none", way: undefined },
    { mode: "local", way: "own gateways" },
    { mode: "remote", way: "target's gateways" },
  ] as const)("in mode $mode, as the route tells, by: $way", ({ mode, way }) => {
    expect(compile({ target: { meshGatewayMode: mode } }).target?.way).toBe(way);
  });

  test("by the server name and the identity of its own datacenter", () => {
    expect(compile().target).toMatchObject({
      name: "db in dc2",
      outbound: {
        leaf: "web",
        serverName: "db.default.dc2.internal.11111111.consul",
        spiffeIds: ["spiffe://11111111.consul/ns/default/dc/dc2/svc/db"],
      },
    });
  });

  test("through what was last known of it while its datacenter is out of reach, marked and told", () => {
    const compiled = compile({ place: place({ reachable: false }) });
    expect(compiled.target?.stale).toBe(true);
    expect(compiled.reasons).toEqual([
      "db in dc2: the datacenter dc2 cannot be reached; what was last known of it holds",
    ]);
  });

  const nowhere = [
    { mode: "none", reason: "no instance takes mesh connections for it" },
    { mode: "local", reason: "no mesh gateway is registered in dc1" },
    { mode: "remote", reason: "the datacenter dc2 has published no mesh gateway" },
  ] as const;
  for (const { mode, reason } of nowhere) {
    test(`nowhere in mode ${mode} when there is nobody, and says so`, () => {
      const compiled = compile({ target: { meshGatewayMode: mode }, place: place({ providers: [], gateways: [] }) });
      expect(compiled.reasons).toEqual([`db in dc2: ${reason}`]);
    });
  }

  test("not at all when its subset's filter cannot be read", () => {
    const subset = { subset: "v1", definition: { Filter: "Service.Meta.version" } };
    expect(compile({ target: subset })).toEqual({
      target: undefined,
      reasons: [expect.stringMatching(/^v1.db in dc2: the filter of subset v1 cannot be used/)],
    });
  });
});
