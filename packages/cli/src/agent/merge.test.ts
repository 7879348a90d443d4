import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeSettings } from "./merge.ts";
import { unusedSettings } from "./unused.ts";

test.each([
  { name: "the later value wins", sources: [{ node_name: "a" }, { node_name: "b" }], merged: { node_name: "b" } },
  {
    name: "blocks and maps are joined",
    sources: [
      { ports: { http: 1, dns: 2 } },
      { ports: { http: 3 } },
      { node_meta: { a: "1" } },
      { node_meta: { b: "2" } },
    ],
    merged: { ports: { http: 3, dns: 2 }, node_meta: { a: "1", b: "2" } },
  },
  {
    name: "lists follow each other",
    sources: [{ retry_join: ["a"] }, { retry_join: ["b"] }],
    merged: { retry_join: ["a", "b"] },
  },
])("$name", ({ sources, merged }) => {
  expect(mergeSettings(sources)).toEqual(merged);
});

test("putting several together in two steps is putting them together in one", () => {
  const block = fc.dictionary(fc.constantFrom("a", "b"), fc.integer());
  const source = fc.record({ x: fc.integer(), block, list: fc.array(fc.integer()) }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(source), fc.array(source), (first, second) => {
      const inSteps = mergeSettings([mergeSettings(first), mergeSettings(second)]);
      expect(inSteps).toEqual(mergeSettings([...first, ...second]));
    }),
  );
});

test("what changes nothing here is named, inside of blocks too", () => {
  const settings = {
    node_name: "n",
    performance: { raft_multiplier: 1 },
    ports: { http: 1, dns: -1 },
    acl: { enabled: true, tokens: { master: "x", replication: "y" } },
    disable_update_check: true,
    connect: { enabled: true, ca_config: { cluster_id: "x" } },
  };
  expect(unusedSettings(settings)).toEqual([
    "acl.tokens.replication",
    "disable_update_check",
    "performance",
    "ports.dns",
  ]);
});
