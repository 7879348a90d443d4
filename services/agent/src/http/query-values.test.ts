import { describe, expect, test } from "vitest";
import { casIndex, nodeMetaFilter, onlyPassing, tagFilter } from "./query-values.ts";

const queryOf = (text: string) => new URLSearchParams(text);

describe("?passing", () => {
  test.each([
    ["", false],
    ["passing", true],
    ["passing=1", true],
    ["passing=true", true],
    ["passing=0", false],
    ["passing=false", false],
  ])("?%s is %j", (query, only) => expect(onlyPassing(queryOf(query))).toBe(only));

  test("any other value is refused", () => {
    expect(() => onlyPassing(queryOf("passing=bogus"))).toThrow("Invalid value for ?passing");
  });
});

test("a node must have every pair of ?node-meta", () => {
  const has = nodeMetaFilter(queryOf("node-meta=a:b&node-meta=c:d:e"));
  expect(has({ a: "b", c: "d:e" })).toBe(true);
  expect(has({ a: "b" })).toBe(false);
  expect(has(null)).toBe(false);
  expect(nodeMetaFilter(queryOf(""))(null)).toBe(true);
  expect(nodeMetaFilter(queryOf("node-meta=toString:x"))({})).toBe(false);
});

test("a service must have every ?tag, whatever its case", () => {
  const has = tagFilter(queryOf("tag=V1&tag=primary"));
  expect(has(["v1", "Primary", "x"])).toBe(true);
  expect(has(["v1"])).toBe(false);
});

describe("?cas", () => {
  test("is a revision, or is not there", () => {
    expect(casIndex(queryOf(""))).toBeUndefined();
    expect(casIndex(queryOf("cas=0"))).toBe(0);
    expect(casIndex(queryOf("cas=12"))).toBe(12);
  });

  test("is refused when it is no number", () => {
    expect(() => casIndex(queryOf("cas=abc"))).toThrow('strconv.ParseUint: parsing "abc": invalid syntax');
  });
});
