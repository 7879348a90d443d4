import { describe, expect, test } from "vitest";
import { chainEntries, type EntryFacts } from "../testing.ts";
import { describeChainProblem } from "./chain-problem.ts";
import { compileChain } from "./compile-chain.ts";

const defaults = (Name: string, Protocol: string, more: object = {}): EntryFacts => ({
  Kind: "service-defaults",
  Name,
  Protocol,
  ...more,
});
const resolver = (Name: string, facts: object): EntryFacts => ({ Kind: "service-resolver", Name, ...facts });
const splitter = (Name: string, ...services: string[]): EntryFacts => ({
  Kind: "service-splitter",
  Name,
  Splits: services.map((Service) => ({ Weight: 100 / services.length, Service })),
});
const routed = (Name: string, ...services: string[]): EntryFacts => ({
  Kind: "service-router",
  Name,
  Routes: services.map((Service) => ({ Destination: { Service } })),
});
const global: EntryFacts = { Kind: "proxy-defaults", Name: "global", Config: { protocol: "http" } };
const outside = defaults("web", "tcp", { ExternalSNI: "web.example.com" });

type Case = {
  readonly name: string;
  readonly service?: string;
  readonly entries: readonly EntryFacts[];
  readonly problem: string;
};

const cases: readonly Case[] = [
  { name: "no name", service: "", entries: [], problem: "serviceName is required" },
  {
    name: "a split of tcp",
    entries: [splitter("web", "web")],
    problem: 'discovery chain "web" uses a protocol "tcp" that does not permit advanced routing or splitting behavior',
  },
  {
    name: "routes of a protocol that is not known",
    entries: [defaults("web", "gopher"), routed("web")],
    problem:
      'discovery chain "web" uses a protocol "gopher" that does not permit advanced routing or splitting behavior',
  },
  {
    name: "a split to a service of another protocol",
    entries: [defaults("web", "http"), defaults("api", "grpc"), splitter("web", "web", "api")],
    problem: 'discovery chain "web" uses inconsistent protocols; service "api" has "grpc" which is not "http"',
  },
  {
    name: "failover to a service of another protocol",
    entries: [defaults("api", "grpc"), resolver("web", { Failover: { "*": { Service: "api" } } })],
    problem: 'discovery chain "web" uses inconsistent protocols; service "api" has "grpc" which is not "tcp"',
  },
  {
    name: "a default subset that has gone",
    entries: [resolver("web", { DefaultSubset: "v1" })],
    problem: 'service "web" does not have a subset named "v1"',
  },
  {
    name: "a subset by a name that every object has",
    entries: [
      resolver("web", { Redirect: { Service: "db", ServiceSubset: "constructor" } }),
      resolver("db", { Subsets: { v1: {} } }),
    ],
    problem: 'service "db" does not have a subset named "constructor"',
  },
  {
    name: "redirects in a circle, told from where it is entered",
    entries: [
      resolver("web", { Redirect: { Service: "a" } }),
      resolver("a", { Redirect: { Service: "b" } }),
      resolver("b", { Redirect: { Service: "a" } }),
    ],
    problem:
      "detected circular resolver redirect: [web.default.dc1 -> a.default.dc1 -> b.default.dc1 -> a.default.dc1]",
  },
  {
    name: "failover into redirects in a circle",
    entries: [
      resolver("web", { Failover: { "*": { Service: "a" } } }),
      resolver("a", { Redirect: { Service: "b" } }),
      resolver("b", { Redirect: { Service: "a" } }),
    ],
    problem: "detected circular resolver redirect: [a.default.dc1 -> b.default.dc1 -> a.default.dc1]",
  },
  {
    name: "splits in a circle, told from where the chain begins",
    entries: [global, routed("web", "a"), splitter("a", "b"), splitter("b", "c"), splitter("c", "b")],
    problem:
      "detected circular reference: [router:web.default -> splitter:a.default -> splitter:b.default -> splitter:c.default -> splitter:b.default]",
  },
  {
    name: "two circles, of which the last is told",
    entries: [global, splitter("web", "a", "b"), splitter("a", "web"), splitter("b", "web")],
    problem: "detected circular reference: [splitter:web.default -> splitter:b.default -> splitter:web.default]",
  },
  {
    name: "subsets of what is outside of the mesh",
    entries: [outside, resolver("web", { Subsets: { v1: {} } })],
    problem: 'service "web" has an external SNI set; cannot define subsets for external services',
  },
  {
    name: "failover of what is outside of the mesh",
    entries: [outside, resolver("web", { Failover: { "*": { Service: "b" } } })],
    problem: 'service "web" has an external SNI set; cannot define failover for external services',
  },
  {
    name: "a redirect of what is outside of the mesh",
    entries: [outside, resolver("web", { Redirect: { Service: "web" } })],
    problem: 'service "web" has an external SNI set; cannot define redirects for external services',
  },
];

describe("entries make no chain by", () => {
  for (const { name, service = "web", entries, problem } of cases) {
    test(name, () => {
      const mesh = { datacenter: "dc1", trustDomain: "abc.consul" };
      const compiled = compileChain(service, chainEntries(entries), mesh);
      expect(compiled.kind === "unsound" && describeChainProblem(compiled.problem)).toBe(problem);
    });
  }
});
