import type { ServiceResolverEntry, Upstream } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { chainEntries, type EntryFacts } from "./testing.ts";
import { upstreamChain } from "./upstream-chain.ts";

const mesh = { datacenter: "dc1", trustDomain: "11111111.consul" };
const caller = { service: "web", meshGateway: undefined };
const toDb: Upstream = { DestinationName: "db", LocalBindPort: 5000 };

const resolver = (Name: string, facts: Partial<ServiceResolverEntry>): EntryFacts => ({
  Kind: "service-resolver",
  Name,
  ...facts,
});
const defaults = (Name: string, Mode: string): EntryFacts => ({
  Kind: "service-defaults",
  Name,
  MeshGateway: { Mode },
});

/** Targets in short: `db in dc2 by local`. */
function targetsOf(upstream: Upstream, entries: readonly EntryFacts[]): readonly string[] {
  const chain = upstreamChain(upstream, caller, chainEntries(entries), mesh);
  if (chain.kind === "unsound") return [chain.reason];
  return chain.targets.map(({ id, meshGatewayMode }) => `${id} by ${meshGatewayMode ?? "nothing said"}`);
}

describe("an upstream's name comes down to", () => {
  const cases: readonly {
    readonly name: string;
    readonly upstream?: Partial<Upstream>;
    readonly entries?: readonly EntryFacts[];
    readonly targets: readonly string[];
  }[] = [
    { name: "its own service where nothing is said", targets: ["db.default.dc1 by nothing said"] },
    {
      name: "the service in the datacenter that the upstream names",
      upstream: { Datacenter: "dc2", MeshGateway: { Mode: "local" } },
      targets: ["db.default.dc2 by local"],
    },
    {
      name: "where a redirect leads, by the mode of the upstream",
      upstream: { MeshGateway: { Mode: "remote" } },
      entries: [resolver("db", { Redirect: { Service: "db2", Datacenter: "dc3" } })],
      targets: ["db2.default.dc3 by remote"],
    },
    {
      name: "itself first, then each datacenter of its failover in turn",
      entries: [resolver("db", { Failover: { "*": { Datacenters: ["dc3", "dc2"] } } }), defaults("db", "remote")],
      targets: ["db.default.dc1 by nothing said", "db.default.dc3 by remote", "db.default.dc2 by remote"],
    },
    {
      name: "the default subset, failing over to another service",
      entries: [
        resolver("db", {
          DefaultSubset: "v1",
          Subsets: { v1: { Filter: "Service.Meta.version == v1" } },
          Failover: { v1: { Service: "standby" } },
        }),
      ],
      targets: ["v1.db.default.dc1 by nothing said", "standby.default.dc1 by nothing said"],
    },
    {
      name: "a target whose own defaults set the mode where the caller's side sets none",
      upstream: { Datacenter: "dc2" },
      entries: [defaults("db", "remote")],
      targets: ["db.default.dc2 by remote"],
    },
    {
      name: "a target by the caller's defaults before the target's",
      upstream: { Datacenter: "dc2" },
      entries: [defaults("db", "remote"), defaults("web", "none")],
      targets: ["db.default.dc2 by none"],
    },
    {
      name: "nothing when the subset is not there",
      entries: [resolver("db", { DefaultSubset: "v9" })],
      targets: ['service "db" does not have a subset named "v9"'],
    },
  ];
  for (const { name, upstream = {}, entries = [], targets } of cases) {
    test(name, () => {
      expect(targetsOf({ ...toDb, ...upstream }, entries)).toEqual(targets);
    });
  }

  test("the service itself, with a word about the router that a proxy of connections cannot follow", () => {
    const entries: readonly EntryFacts[] = [
      { Kind: "service-defaults", Name: "db", Protocol: "http" },
      { Kind: "service-router", Name: "db", Routes: [{ Destination: { Service: "other" } }] },
    ];
    const chain = upstreamChain(toDb, caller, chainEntries(entries), mesh);
    expect(chain).toMatchObject({
      targets: [{ id: "db.default.dc1" }],
      notFollowed: [expect.stringContaining("service-router of db")],
    });
  });
});
