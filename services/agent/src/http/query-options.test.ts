import { describe, expect, test } from "vitest";
import { queryOptions } from "./query-options.ts";

const read = (query: string, cacheControl?: string) =>
  queryOptions({
    query: new URLSearchParams(query),
    headers: cacheControl === undefined ? {} : { "cache-control": cacheControl },
  });

describe("the options of a query", () => {
  const understood = [
    ["", { minIndex: 0, waitMs: 300_000, consistency: "leader", cached: false, filter: "" }],
    ["index=7&wait=10s", { minIndex: 7, waitMs: 10_000 }],
    ["index=7&wait=1h", { waitMs: 600_000 }],
    ["wait=0s", { waitMs: 300_000 }],
    ["stale", { consistency: "stale" }],
    ["max_stale=5s", { consistency: "stale" }],
    ["consistent", { consistency: "consistent" }],
    ["cached&filter=a+%3D%3D+b", { cached: true, filter: "a == b" }],
  ] as const;
  for (const [query, options] of understood) {
    test(`?${query} is understood`, () => expect(read(query)).toMatchObject(options));
  }

  const refused = [
    ["index=abc", "Invalid index"],
    ["index=-1", "Invalid index"],
    ["index=1.5", "Invalid index"],
    ["index=18446744073709551616", "Invalid index"],
    ["index=1&wait=abc", "Invalid wait time"],
    ["wait=10", "Invalid wait time"],
    ["max_stale=abc", 'Invalid max_stale value "abc"'],
    ["stale&consistent", "Cannot specify ?stale with ?consistent, conflicting semantics."],
    ["cached&consistent", "Cannot specify ?cached with ?consistent, conflicting semantics."],
  ] as const;
  for (const [query, message] of refused) {
    test(`?${query} is refused with: ${message}`, () => expect(() => read(query)).toThrow(message));
  }

  test("a malformed Cache-Control is refused, others are not", () => {
    expect(() => read("", "max-age=x")).toThrow("Invalid Cache-Control header.");
    expect(() => read("", "must-revalidate, Max-Age=30, stale-if-error=60")).not.toThrow();
  });
});
