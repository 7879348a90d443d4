import type { ServiceResolverEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { findSubset } from "./subset.ts";
import { instanceRecord, resolverEntry } from "./testing.ts";

const v1 = instanceRecord({ Service: "db", ID: "v1", Meta: { version: "v1" }, Tags: ["old"], Checks: ["warning"] });
const v2 = instanceRecord({
  Service: "db",
  ID: "v2",
  Meta: { version: "v2" },
  Node: { Meta: { zone: "a" } },
  NodeChecks: ["critical"],
});
const bare = instanceRecord({ Service: "db", ID: "bare" });

type Case = {
  readonly name: string;
  readonly resolver?: Partial<ServiceResolverEntry>;
  readonly subset?: string;
  readonly covers?: readonly string[];
  readonly unusable?: RegExp;
};

const everything = ["v1", "v2", "bare"];
const byMeta = { v1: { Filter: "Service.Meta.version == v1" }, v2: { Filter: "Service.Meta.version == v2" } };

const cases: readonly Case[] = [
  { name: "without a resolver: every instance", covers: everything },
  { name: "without a default subset: every instance", resolver: { Subsets: byMeta }, covers: everything },
  {
    name: "the default subset, when none is named",
    resolver: { Subsets: byMeta, DefaultSubset: "v2" },
    covers: ["v2"],
  },
  {
    name: "a named subset, whatever the default is",
    resolver: { Subsets: byMeta, DefaultSubset: "v2" },
    subset: "v1",
    covers: ["v1"],
  },
  {
    name: "a subset without a filter: every instance",
    resolver: { Subsets: { all: {} } },
    subset: "all",
    covers: everything,
  },
  {
    name: "a subset with an empty filter: every instance",
    resolver: { Subsets: { all: { Filter: "" } } },
    subset: "all",
    covers: everything,
  },
  { name: "by tag", resolver: { Subsets: { s: { Filter: "old in Service.Tags" } } }, subset: "s", covers: ["v1"] },
  {
    name: "by the node's metadata",
    resolver: { Subsets: { s: { Filter: "Node.Meta.zone == a" } } },
    subset: "s",
    covers: ["v2"],
  },
  {
    name: "by a check of its own",
    resolver: { Subsets: { s: { Filter: "Checks.Status == warning" } } },
    subset: "s",
    covers: ["v1"],
  },
  {
    name: "by a check of its node",
    resolver: { Subsets: { s: { Filter: "Checks.Status == critical" } } },
    subset: "s",
    covers: ["v2"],
  },
  { name: "a subset that is not there", resolver: { Subsets: byMeta }, subset: "v3", unusable: /has no subset v3/ },
  { name: "a default subset that is not there", resolver: { DefaultSubset: "v3" }, unusable: /has no subset v3/ },
  {
    name: "a name that every object has is no subset",
    resolver: { Subsets: byMeta },
    subset: "constructor",
    unusable: /has no subset/,
  },
  {
    name: "a filter that cannot be read",
    resolver: { Subsets: { s: { Filter: "Service.Meta.version ==" } } },
    subset: "s",
    unusable: /subset s cannot be used/,
  },
  {
    name: "a filter over what instances do not have",
    resolver: { Subsets: { s: { Filter: "Service.Colour == red" } } },
    subset: "s",
    unusable: /Service\.Colour/,
  },
];

describe("findSubset", () => {
  for (const { name, resolver, subset, covers, unusable } of cases) {
    test(name, () => {
      const found = findSubset(resolver === undefined ? undefined : resolverEntry("db", resolver), subset);
      if (found.kind === "unusable") expect(found.reason).toMatch(unusable ?? /^$/);
      else expect([v1, v2, bare].filter(found.covers).map(({ Service }) => Service.ID)).toEqual(covers);
    });
  }

  test("says whether only passing instances count", () => {
    const resolver = resolverEntry("db", { Subsets: { strict: { OnlyPassing: true }, lax: {} } });
    expect(findSubset(resolver, "strict")).toMatchObject({ health: { onlyPassing: true } });
    expect(findSubset(resolver, "lax")).toMatchObject({ health: { onlyPassing: false } });
  });
});
