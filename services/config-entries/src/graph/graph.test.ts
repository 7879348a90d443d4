import { describe, expect, test } from "vitest";
import { kindOf, legalEntry } from "../decode.ts";
import { KINDS } from "../kinds/index.ts";
import type { Draft, KindRules } from "../kinds/kind.ts";
import type { Entries } from "./entries.ts";
import { graphProblem } from "./graph.ts";

function read(raw: object): Draft {
  return legalEntry(raw, KINDS.get(kindOf(raw)) as KindRules);
}

function entriesOf(raw: readonly object[]): Entries {
  const all = raw.map(read);
  return {
    get: (kind, name) => all.find(({ Kind, Name }) => Kind === kind && Name === name) as never,
    list: (kind) => all.filter(({ Kind }) => Kind === kind) as never,
  };
}

const written = (raw: object, present: readonly object[]) => {
  const entry = read(raw);
  return graphProblem({ kind: entry.Kind, name: entry.Name, entry }, entriesOf(present), "dc1");
};
const deleted = (raw: object, present: readonly object[]) => {
  const { Kind: kind, Name: name } = read(raw);
  return graphProblem({ kind, name, entry: undefined }, entriesOf(present), "dc1");
};

const defaults = (Name: string, Protocol?: string, more: object = {}) => ({
  Kind: "service-defaults",
  Name,
  Protocol,
  ...more,
});
const global = (protocol: string) => ({ Kind: "proxy-defaults", Config: { protocol } });
const resolver = (Name: string, more: object) => ({ Kind: "service-resolver", Name, ...more });
const splitter = (Name: string, ...services: string[]) => ({
  Kind: "service-splitter",
  Name,
  Splits: services.map((Service) => ({ Weight: 100 / services.length, Service })),
});
const router = (Name: string, ...destinations: object[]) => ({
  Kind: "service-router",
  Name,
  Routes: destinations.map((Destination) => ({ Match: { HTTP: { PathPrefix: "/x" } }, Destination })),
});
const ingress = (Protocol: string, Name = "igw") => ({
  Kind: "ingress-gateway",
  Name,
  Listeners: [{ Port: 80, Protocol, Services: [{ Name: "web" }] }],
});
const terminating = (Name: string) => ({ Kind: "terminating-gateway", Name, Services: [{ Name: "web" }] });

const versions = resolver("web", { DefaultSubset: "v1", Subsets: { v1: {}, v2: {} } });
const toV2 = resolver("old", { Redirect: { Service: "web", ServiceSubset: "v2" } });

type Case = {
  readonly name: string;
  readonly present: readonly object[];
  readonly write?: object;
  readonly remove?: object;
  readonly problem: string | undefined;
};

const advanced = (name: string) =>
  `discovery chain "${name}" uses a protocol "tcp" that does not permit advanced routing or splitting behavior`;

const cases: readonly Case[] = [
  { name: "a split of tcp", present: [versions], write: splitter("web", "web"), problem: advanced("web") },
  { name: "routes of tcp", present: [], write: router("web"), problem: advanced("web") },
  { name: "a split of http", present: [defaults("web", "http")], write: splitter("web", "web"), problem: undefined },
  {
    name: "a split where all proxies speak http",
    present: [global("HTTP")],
    write: splitter("web", "web"),
    problem: undefined,
  },
  {
    name: "a split of a service whose own defaults say tcp",
    present: [global("http"), defaults("web")],
    write: splitter("web", "web"),
    problem: advanced("web"),
  },
  {
    name: "a redirect to another protocol",
    present: [versions, defaults("web", "http")],
    write: toV2,
    problem: 'discovery chain "old" uses inconsistent protocols; service "web" has "http" which is not "tcp"',
  },
  {
    name: "another protocol for what a redirect leads to",
    present: [versions, toV2, defaults("web", "http"), defaults("old", "http")],
    write: defaults("web", "tcp"),
    problem: 'discovery chain "old" uses inconsistent protocols; service "web" has "tcp" which is not "http"',
  },
  {
    name: "another protocol for all proxies while something is split",
    present: [global("http"), splitter("web", "web")],
    write: global("tcp"),
    problem: advanced("web"),
  },
  {
    name: "taking away the protocol that a split needs",
    present: [defaults("web", "http"), splitter("web", "web")],
    remove: defaults("web"),
    problem: advanced("web"),
  },
  {
    name: "taking away a subset that is referred to",
    present: [versions, toV2],
    remove: versions,
    problem: 'service "web" does not have a subset named "v2"',
  },
  {
    name: "a route to a subset that is not there",
    present: [defaults("web", "http"), versions],
    write: router("web", { ServiceSubset: "v9" }),
    problem: 'service "web" does not have a subset named "v9"',
  },
  {
    name: "failing over to a subset that is not there",
    present: [versions],
    write: resolver("old", { Failover: { "*": { Service: "web", ServiceSubset: "v9" } } }),
    problem: 'service "web" does not have a subset named "v9"',
  },
  {
    name: "failing over to other datacenters",
    present: [],
    write: resolver("web", { Failover: { "*": { Datacenters: ["dc2"] } } }),
    problem: undefined,
  },
  {
    name: "a redirect to itself",
    present: [],
    write: resolver("web", { Redirect: { Service: "web" } }),
    problem: undefined,
  },
  {
    name: "redirects in a circle",
    present: [resolver("b", { Redirect: { Service: "a" } })],
    write: resolver("a", { Redirect: { Service: "b" } }),
    problem: "detected circular resolver redirect: [a.default.dc1 -> b.default.dc1 -> a.default.dc1]",
  },
  {
    name: "splits in a circle",
    present: [global("http"), splitter("b", "a")],
    write: splitter("a", "b"),
    problem: "detected circular reference: [splitter:a.default -> splitter:b.default -> splitter:a.default]",
  },
  {
    name: "subsets of a service with a server name of its own",
    present: [defaults("web", "tcp", { ExternalSNI: "x.example.com" })],
    write: versions,
    problem: 'service "web" has an external SNI set; cannot define subsets for external services',
  },
  {
    name: "failover of a service with a server name of its own",
    present: [defaults("web", "tcp", { ExternalSNI: "x.example.com" })],
    write: resolver("web", { Failover: { "*": { Service: "b" } } }),
    problem: 'service "web" has an external SNI set; cannot define failover for external services',
  },
  {
    name: "a redirect of a service with a server name of its own",
    present: [defaults("web", "tcp", { ExternalSNI: "x.example.com" })],
    write: resolver("web", { Redirect: { Service: "web" } }),
    problem: 'service "web" has an external SNI set; cannot define redirects for external services',
  },
  {
    name: "an ingress by a terminating gateway's name",
    present: [terminating("gw")],
    write: ingress("tcp", "gw"),
    problem:
      'cannot create a "ingress-gateway" config entry with name "gw", a "terminating-gateway" config entry with that name already exists',
  },
  {
    name: "a terminating gateway by an ingress's name",
    present: [ingress("tcp", "gw")],
    write: terminating("gw"),
    problem:
      'cannot create a "terminating-gateway" config entry with name "gw", a "ingress-gateway" config entry with that name already exists',
  },
  {
    name: "an ingress of another protocol than its service",
    present: [],
    write: ingress("http"),
    problem: 'service "web" has protocol "tcp", which does not match defined listener protocol "http"',
  },
  {
    name: "an ingress of its service's protocol",
    present: [defaults("web", "http")],
    write: ingress("http"),
    problem: undefined,
  },
  {
    name: "another protocol for a service behind an http listener",
    present: [defaults("web", "http"), ingress("http")],
    write: defaults("web", "grpc"),
    problem: 'service "web" has protocol "grpc", which does not match defined listener protocol "http"',
  },
  {
    name: "another protocol for a service behind a tcp listener, which carries it whole",
    present: [ingress("tcp")],
    write: defaults("web", "http"),
    problem: undefined,
  },
  { name: "mesh settings concern no chain", present: [], write: { Kind: "mesh" }, problem: undefined },
];

describe("a write among entries that refer to each other", () => {
  for (const { name, present, write, remove, problem } of cases) {
    test(name, () => {
      expect(write === undefined ? deleted(remove as object, present) : written(write, present)).toBe(problem);
    });
  }

  test("is refused for the same reason, in whatever order the others were written", () => {
    const others = [
      router("b", { Service: "web" }),
      splitter("c", "web"),
      resolver("a", { Redirect: { Service: "web" } }),
    ];
    const present = [global("http"), ...others];
    const wanted = 'discovery chain "a" uses inconsistent protocols; service "web" has "tcp" which is not "http"';
    for (const order of [present, present.toReversed()]) expect(written(defaults("web", "tcp"), order)).toBe(wanted);
  });

  test("is not held up by splits that meet again and again", () => {
    const levels = Array.from({ length: 40 }, (_, n) => splitter(`s${n}`, `s${n + 1}`, `t${n + 1}`));
    const twins = Array.from({ length: 40 }, (_, n) => splitter(`t${n}`, `s${n + 1}`, `t${n + 1}`));
    expect(written(splitter("s", "s0", "t0"), [global("http"), ...levels, ...twins])).toBeUndefined();
  });
});
