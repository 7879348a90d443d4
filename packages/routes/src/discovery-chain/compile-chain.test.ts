import type { ServiceRoute, ServiceSplit } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { chainEntries, type EntryFacts } from "../testing.ts";
import type { DiscoveryChain } from "./chain.ts";
import { compileChain } from "./compile-chain.ts";
import type { ChainOverrides } from "./customization.ts";

const mesh = { datacenter: "dc1", trustDomain: "abc.consul" };

const http = (Name: string): EntryFacts => ({ Kind: "service-defaults", Name, Protocol: "http" });
const splitter = (Name: string, ...Splits: ServiceSplit[]): EntryFacts => ({ Kind: "service-splitter", Name, Splits });
const router = (Name: string, ...Routes: ServiceRoute[]): EntryFacts => ({ Kind: "service-router", Name, Routes });
const resolver = (Name: string, facts: object): EntryFacts => ({ Kind: "service-resolver", Name, ...facts });

const v1 = { Filter: "Service.Meta.version == v1" };
const v2 = { Filter: "Service.Meta.version == v2", OnlyPassing: true };
const versions = resolver("web", { DefaultSubset: "v1", Subsets: { v1, v2 } });
const halves = splitter("web", { Weight: 90, ServiceSubset: "v1" }, { Weight: 10, ServiceSubset: "v2" });
const toV2: ServiceRoute = {
  Match: { HTTP: { PathPrefix: "/v2" } },
  Destination: { Service: "web", ServiceSubset: "v2", PrefixRewrite: "/" },
};
const exact: ServiceRoute = { Match: { HTTP: { PathExact: "/exact" } } };

function chainOf(service: string, entries: readonly EntryFacts[], overrides: ChainOverrides = {}): DiscoveryChain {
  const compiled = compileChain(service, chainEntries(entries), mesh, overrides);
  if (compiled.kind === "unsound") throw new Error(`unsound: ${compiled.problem.code}`);
  return compiled.chain;
}

const startOf = (chain: DiscoveryChain) => chain.nodes.get(chain.startNode);
const targetIds = ({ targets }: DiscoveryChain) => [...targets.keys()];

const v1Target = {
  id: "v1.web.default.dc1",
  service: "web",
  subset: "v1",
  datacenter: "dc1",
  definition: v1,
  meshGatewayMode: undefined,
  external: false,
  serverName: "v1.web.default.dc1.internal.abc.consul",
  name: "v1.web.default.dc1.internal.abc.consul",
};
const v2Target = {
  ...v1Target,
  id: "v2.web.default.dc1",
  subset: "v2",
  definition: v2,
  serverName: "v2.web.default.dc1.internal.abc.consul",
  name: "v2.web.default.dc1.internal.abc.consul",
};
const plain = { kind: "resolver", connectTimeoutMs: 5_000, byDefault: false, failover: [] };

describe("a chain", () => {
  test("of a service that no entry speaks of ends at its own instances", () => {
    expect(chainOf("db", [])).toEqual({
      service: "db",
      datacenter: "dc1",
      protocol: "tcp",
      customizationHash: undefined,
      startNode: "resolver:db.default.dc1",
      nodes: new Map([["resolver:db.default.dc1", { ...plain, target: "db.default.dc1", byDefault: true }]]),
      targets: new Map([
        [
          "db.default.dc1",
          {
            id: "db.default.dc1",
            service: "db",
            subset: "",
            datacenter: "dc1",
            definition: {},
            meshGatewayMode: undefined,
            external: false,
            serverName: "db.default.dc1.internal.abc.consul",
            name: "db.default.dc1.internal.abc.consul",
          },
        ],
      ]),
    });
  });

  test("goes from the router over the splitter to the resolvers", () => {
    expect(chainOf("web", [http("web"), versions, halves, router("web", toV2, exact)])).toEqual({
      service: "web",
      datacenter: "dc1",
      protocol: "http",
      customizationHash: undefined,
      startNode: "router:web.default",
      nodes: new Map<string, unknown>([
        ["resolver:v1.web.default.dc1", { ...plain, target: "v1.web.default.dc1" }],
        ["resolver:v2.web.default.dc1", { ...plain, target: "v2.web.default.dc1" }],
        [
          "router:web.default",
          {
            kind: "router",
            service: "web",
            routes: [
              { definition: toV2, nextNode: "resolver:v2.web.default.dc1" },
              { definition: exact, nextNode: "splitter:web.default" },
              {
                definition: {
                  Match: { HTTP: { PathPrefix: "/" } },
                  Destination: { Service: "web", Namespace: "default" },
                },
                nextNode: "splitter:web.default",
              },
            ],
          },
        ],
        [
          "splitter:web.default",
          {
            kind: "splitter",
            service: "web",
            splits: [
              { weight: 90, nextNode: "resolver:v1.web.default.dc1" },
              { weight: 10, nextNode: "resolver:v2.web.default.dc1" },
            ],
          },
        ],
      ]),
      targets: new Map([
        ["v1.web.default.dc1", v1Target],
        ["v2.web.default.dc1", v2Target],
      ]),
    });
  });

  test("without routes of its own still begins with its router", () => {
    const chain = chainOf("web", [http("web"), { Kind: "service-router", Name: "web", Routes: null }]);
    expect(startOf(chain)).toMatchObject({ kind: "router", routes: [{ nextNode: "resolver:web.default.dc1" }] });
  });

  test("takes the routes of its own router only, and the splits of every service on the way", () => {
    const chain = chainOf("api", [
      ...["api", "web"].map(http),
      router("api", { Destination: { Service: "web" } }),
      router("web", toV2),
      versions,
      halves,
    ]);
    expect(startOf(chain)).toMatchObject({
      routes: [{ nextNode: "splitter:web.default" }, { nextNode: "resolver:api.default.dc1" }],
    });
    expect([...chain.nodes.keys()].filter((key) => key.startsWith("router"))).toEqual(["router:api.default"]);
  });

  test("begins where a redirect leads", () => {
    const old = resolver("old", { Redirect: { Service: "web", ServiceSubset: "v2" } });
    const chain = chainOf("old", [versions, old]);
    expect(chain.startNode).toBe("resolver:v2.web.default.dc1");
    expect([...chain.targets.values()]).toEqual([v2Target]);
  });

  test("follows redirect after redirect, and a default subset after them", () => {
    const entries = [
      resolver("a", { Redirect: { Service: "b" } }),
      resolver("b", { Redirect: { Service: "web" } }),
      versions,
    ];
    expect(targetIds(chainOf("a", entries))).toEqual(["v1.web.default.dc1"]);
  });

  test("forgets a subset where a redirect leads to another service, and keeps it in another datacenter", () => {
    const elsewhere = resolver("web", { Subsets: { v1 }, DefaultSubset: "v1", Redirect: { Datacenter: "dc2" } });
    expect(targetIds(chainOf("web", [elsewhere]))).toEqual(["v1.web.default.dc2"]);
    const entries = [
      http("api"),
      http("web"),
      http("new"),
      resolver("web", { Subsets: { v1 }, Redirect: { Service: "new" } }),
    ];
    const split = splitter("api", { Weight: 100, Service: "web", ServiceSubset: "v1" });
    expect(targetIds(chainOf("api", [...entries, split]))).toEqual(["new.default.dc1"]);
  });

  test("has the connect timeout of the resolver that it ends at", () => {
    const entries = [
      resolver("old", { ConnectTimeout: "1s", Redirect: { Service: "web" } }),
      resolver("web", { ConnectTimeout: "1m30s" }),
    ];
    expect(startOf(chainOf("old", entries))).toEqual({
      ...plain,
      target: "web.default.dc1",
      connectTimeoutMs: 90_000,
    });
  });

  test("is by default where a resolver says nothing", () => {
    expect(startOf(chainOf("web", [resolver("web", { Meta: { team: "a" } })]))).toMatchObject({ byDefault: true });
  });

  test("speaks the protocol of the service's own defaults, however it is written, else that of all proxies", () => {
    const global: EntryFacts = { Kind: "proxy-defaults", Name: "global", Config: { Protocol: "GRPC" } };
    const silent: EntryFacts = { Kind: "service-defaults", Name: "silent" };
    expect(chainOf("web", [global]).protocol).toBe("grpc");
    expect(chainOf("web", [global, http("web")]).protocol).toBe("http");
    expect(chainOf("silent", [global, silent]).protocol).toBe("tcp");
  });
});

describe("failover", () => {
  const failover = (facts: object, more: object = {}) => resolver("web", { Failover: { "*": facts }, ...more });

  test("goes to other datacenters in their order, and never to where it comes from", () => {
    const chain = chainOf("web", [failover({ Datacenters: ["dc3", "dc1", "dc2"] })]);
    expect(startOf(chain)).toMatchObject({ failover: ["web.default.dc3", "web.default.dc2"] });
    expect(targetIds(chain)).toEqual(["web.default.dc1", "web.default.dc2", "web.default.dc3"]);
    expect([...chain.nodes.keys()]).toEqual(["resolver:web.default.dc1"]);
  });

  test("to itself alone is none", () => {
    expect(startOf(chainOf("web", [failover({ Datacenters: ["dc1"] })]))).toMatchObject({ failover: [] });
  });

  test("follows the redirect and the default subset of what it goes to", () => {
    const entries = [
      failover({ Service: "old" }),
      resolver("old", { Redirect: { Service: "new" } }),
      resolver("new", { Subsets: { v2 }, DefaultSubset: "v2" }),
    ];
    expect(startOf(chainOf("web", entries))).toMatchObject({ failover: ["v2.new.default.dc1"] });
  });

  test("is that of the subset before that of any", () => {
    const Failover = { "*": { Service: "any" }, v2: { ServiceSubset: "v1" } };
    const entries = [http("api"), http("web"), http("any"), resolver("web", { Subsets: { v1, v2 }, Failover })];
    const split = (ServiceSubset: string) => splitter("api", { Weight: 100, Service: "web", ServiceSubset });
    const nodesOf = (subset: string) => [...chainOf("api", [...entries, split(subset)]).nodes.values()];
    expect(nodesOf("v2")).toContainEqual(expect.objectContaining({ failover: ["v1.web.default.dc1"] }));
    expect(nodesOf("v1")).toContainEqual(expect.objectContaining({ failover: ["any.default.dc1"] }));
  });

  test("does not go on from there, and two services may stand in for each other", () => {
    const entries = [
      resolver("a", { Failover: { "*": { Service: "b" } } }),
      resolver("b", { Failover: { "*": { Service: "a" } } }),
    ];
    const chain = chainOf("a", entries);
    expect(startOf(chain)).toMatchObject({ failover: ["b.default.dc1"] });
    expect(targetIds(chain)).toEqual(["a.default.dc1", "b.default.dc1"]);
  });
});

describe("splits of splits", () => {
  const all = ["web", "a", "b"].map(http);
  const splitsOf = (entries: readonly EntryFacts[]) => {
    const node = startOf(chainOf("web", [...all, ...entries]));
    return node?.kind === "splitter" ? node.splits.map(({ weight, nextNode }) => `${weight} ${nextNode}`) : [];
  };

  test("are put in their place, and only one splitter is left", () => {
    const entries = [
      splitter("web", { Weight: 18, Service: "a" }, { Weight: 82 }),
      // 9.315 and 8.685, which 32 bits do not hold exactly.
      splitter("a", { Weight: 51.75 }, { Weight: 48.25, Service: "b" }),
    ];
    expect(splitsOf(entries)).toEqual([
      "9.31 resolver:a.default.dc1",
      "8.69 resolver:b.default.dc1",
      "82 resolver:web.default.dc1",
    ]);
    expect([...chainOf("web", [...all, ...entries]).nodes.keys()]).not.toContain("splitter:a.default");
  });

  test("are left alone where a subset is named", () => {
    const entries = [
      resolver("a", { Subsets: { v1 } }),
      splitter("web", { Weight: 100, Service: "a", ServiceSubset: "v1" }),
      splitter("a", { Weight: 100, Service: "b" }),
    ];
    expect(splitsOf(entries)).toEqual(["100 resolver:v1.a.default.dc1"]);
  });

  test("that are too many are told as one for each node that they lead to", () => {
    const level = (n: number) => [
      splitter(`s${n}`, { Weight: 50, Service: `s${n + 1}` }, { Weight: 50, Service: `t${n + 1}` }),
      splitter(`t${n}`, { Weight: 50, Service: `t${n + 1}` }, { Weight: 50, Service: `s${n + 1}` }),
    ];
    const global: EntryFacts = { Kind: "proxy-defaults", Name: "global", Config: { protocol: "http" } };
    const node = startOf(chainOf("s0", [global, ...Array.from({ length: 40 }, (_, n) => level(n)).flat()]));
    expect(node?.kind === "splitter" && node.splits.length <= 1_000).toBe(true);
  });
});

describe("overrides", () => {
  const all = [http("web"), versions, halves, router("web", toV2)];

  test("that change nothing leave no trace", () => {
    const plainly = chainOf("web", all);
    const overrides = { connectTimeoutMs: 5_000, protocol: "http", meshGatewayMode: "local" } as const;
    expect(chainOf("web", all, overrides)).toEqual(plainly);
    expect(chainOf("web", all, { connectTimeoutMs: 0, protocol: "", meshGatewayMode: undefined })).toEqual(plainly);
  });

  test("to a protocol without requests leave out routes and splits", () => {
    const chain = chainOf("web", all, { connectTimeoutMs: 7_000, protocol: "tcp" });
    expect(chain).toMatchObject({ protocol: "tcp", startNode: "resolver:v1.web.default.dc1" });
    expect([...chain.nodes.values()]).toEqual([{ ...plain, target: "v1.web.default.dc1", connectTimeoutMs: 7_000 }]);
    expect(chain.customizationHash).toMatch(/^[0-9a-f]{8}$/);
  });

  test("to a protocol without requests count even where the protocol is the same, when a split is left out", () => {
    const tcp = [splitter("web", { Weight: 100 })];
    expect(chainOf("web", tcp, { protocol: "tcp" }).customizationHash).toBeDefined();
    expect(chainOf("web", [], { protocol: "tcp" }).customizationHash).toBeUndefined();
  });

  test("to another protocol with requests keep routes and splits", () => {
    expect(chainOf("web", all, { protocol: "grpc" })).toMatchObject({
      protocol: "grpc",
      startNode: "router:web.default",
    });
  });

  test("are told apart by their hash, which is the same each time, whatever else was asked for in vain", () => {
    const hashOf = (overrides: ChainOverrides) => chainOf("web", all, overrides).customizationHash;
    const hashes = [
      hashOf({ connectTimeoutMs: 7_000 }),
      hashOf({ connectTimeoutMs: 8_000 }),
      hashOf({ protocol: "grpc" }),
      hashOf({ protocol: "grpc", connectTimeoutMs: 7_000 }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf({ connectTimeoutMs: 7_000 })).toBe(hashes[0]);
    expect(hashOf({ connectTimeoutMs: 7_000, meshGatewayMode: "remote", protocol: "http" })).toBe(hashes[0]);
  });
});
