import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainEntries, type EntryFacts } from "../testing.ts";
import { type DiscoveryChain, nextNodes } from "./chain.ts";
import { type CompiledChain, compileChain } from "./compile-chain.ts";

const mesh = { datacenter: "dc1", trustDomain: "abc.consul" };

const Name = fc.constantFrom("a", "b", "c", "d");
const subset = fc.constantFrom("v1", "v2");
const Datacenters = fc.array(fc.constantFrom("dc1", "dc2", "dc3"), { maxLength: 3 });

/** An object that may lack any of its fields. */
function partial(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const place = partial({ Service: Name, ServiceSubset: subset });
const failover = partial({ Service: Name, ServiceSubset: subset, Datacenters });
const split = fc.tuple(fc.integer({ min: 0, max: 100 }), place).map(([Weight, to]) => ({ Weight, ...to }));

const kinds: Readonly<Record<string, fc.Arbitrary<object>>> = {
  "service-router": fc.record({ Routes: fc.array(fc.record({ Destination: place }), { maxLength: 3 }) }),
  "service-splitter": fc.record({ Splits: fc.array(split, { minLength: 1, maxLength: 3 }) }),
  "service-resolver": fc.oneof(
    fc.record({
      Subsets: fc.constant({ v1: { Filter: "Service.ID != x" }, v2: { OnlyPassing: true } }),
      Failover: fc.dictionary(fc.constantFrom("*", "v1", "v2"), failover),
      DefaultSubset: fc.constantFrom("", "v1", "v2"),
    }),
    fc.record({ Redirect: place }),
  ),
  "service-defaults": partial({
    Protocol: fc.constantFrom("http", "grpc"),
    ExternalSNI: fc.constant("x.example.com"),
    MeshGateway: fc.constant({ Mode: "local" }),
  }),
};

const named = fc
  .tuple(fc.constantFrom(...Object.keys(kinds)), Name)
  .chain(([Kind, name]) => (kinds[Kind] ?? fc.constant({})).map((facts) => ({ Kind, Name: name, ...facts })));

const all: EntryFacts = { Kind: "proxy-defaults", Name: "global", Config: { protocol: "http" } };

const entries = fc
  .uniqueArray(named, { maxLength: 6, selector: ({ Kind, Name: name }) => `${Kind}/${name}` })
  .map((some) => [all, ...(some as unknown as EntryFacts[])]);

/** The same value with the keys of its maps in another order. */
function turned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(turned) as T;
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).map(([key, entry]) => [key, turned(entry)]);
  return Object.fromEntries(pairs.toReversed()) as T;
}

/** A text in which the order of nodes and targets shows. */
function printed(compiled: CompiledChain): string {
  if (compiled.kind === "unsound") return JSON.stringify(compiled.problem);
  const { nodes, targets, ...rest } = compiled.chain;
  return JSON.stringify([Object.entries(rest), [...nodes].map(([key]) => key), [...targets].map(([id]) => id)]);
}

describe("whatever the entries say", () => {
  test("their order, and that of their maps, never matters", () => {
    const shuffled = entries.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, Name, ([given, other], service) => {
        const [one, two] = [given, other.map(turned)].map((list) => compileChain(service, chainEntries(list), mesh));
        expect(two).toEqual(one);
        expect(printed(two as CompiledChain)).toBe(printed(one as CompiledChain));
      }),
    );
  });

  test("a sound chain has every node and target that it speaks of, no others, and splits once", () => {
    let sound = 0;
    fc.assert(
      fc.property(entries, Name, (given, service) => {
        const compiled = compileChain(service, chainEntries(given), mesh);
        if (compiled.kind === "unsound") return;
        sound++;
        expectWhole(compiled.chain);
      }),
    );
    expect(sound).toBeGreaterThan(0);
  });
});

function expectWhole({ startNode, nodes, targets }: DiscoveryChain): void {
  const all = [...nodes.values()];
  const spokenOf = new Set([startNode, ...all.flatMap(nextNodes)]);
  expect([...spokenOf].sort()).toEqual([...nodes.keys()]);
  const ends = all.flatMap((node) => (node.kind === "resolver" ? [node.target, ...node.failover] : []));
  expect([...new Set(ends)].sort()).toEqual([...targets.keys()]);
  for (const node of all) {
    if (node.kind === "splitter") expect(nextNodes(node).map((key) => nodes.get(key)?.kind)).not.toContain("splitter");
  }
}
