import { describe, expect, test } from "vitest";
import { metaProblems, registeredMetaProblem } from "./meta.ts";

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
const longKey = "k".repeat(129);
const longValue = "v".repeat(513);

describe("meta of a config entry", () => {
  const cases = [
    { name: "64 pairs are allowed", meta: pairs(64), problems: [] },
    { name: "65 are not", meta: pairs(65), problems: ["Meta exceeds maximum element count 64"] },
    { name: "a long key", meta: { [longKey]: "v" }, problems: [`Meta key "${longKey}" exceeds maximum length 128`] },
    { name: "a long value", meta: { k: longValue }, problems: ['Meta value for key "k" exceeds maximum length 512'] },
  ];
  for (const { name, meta, problems } of cases) test(name, () => expect(metaProblems(meta)).toEqual(problems));
});

describe("meta that a user registers", () => {
  const cases = [
    { name: "plain pairs", meta: { "external-node": "true" }, problem: undefined },
    { name: "too many pairs", meta: pairs(65), problem: "Node metadata cannot contain more than 64 key/value pairs" },
    { name: "a blank key", meta: { "": "v" }, problem: "Couldn't load metadata pair ('', 'v'): Key cannot be blank" },
    {
      name: "a key with a dot",
      meta: { "a.b": "v" },
      problem: "Couldn't load metadata pair ('a.b', 'v'): Key contains invalid characters",
    },
    {
      name: "a reserved key",
      meta: { "consul-x": "1" },
      problem: "Couldn't load metadata pair ('consul-x', '1'): Key prefix 'consul-' is reserved for internal use",
    },
    {
      name: "a long value",
      meta: { k: longValue },
      problem: `Couldn't load metadata pair ('k', '${longValue}'): Value is too long (limit: 512 characters)`,
    },
    {
      name: "a long key",
      meta: { [longKey]: "" },
      problem: `Couldn't load metadata pair ('${longKey}', ''): Key is too long (limit: 128 characters)`,
    },
  ];
  for (const { name, meta, problem } of cases) {
    test(name, () => expect(registeredMetaProblem(meta, "")).toBe(problem));
  }

  test("a mesh gateway may say that it carries federation traffic, a service may not", () => {
    const meta = { "consul-wan-federation": "1" };
    expect(registeredMetaProblem(meta, "mesh-gateway")).toBeUndefined();
    expect(registeredMetaProblem(meta, "")).toMatch(/reserved for internal use/);
  });
});
