import { array, assert as assertProperty, constantFrom, property, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { matchServerName } from "./match-server-name.ts";

function tableOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, `route of ${name}`]));
}

describe("a server name", () => {
  const names = [
    "api.default.dc2.internal.td",
    "Web.default.dc1.internal.td",
    "*.dc2.internal.td",
    "*.internal.td",
    "*.server.dc2.consul",
  ];
  const cases = [
    { serverName: "api.default.dc2.internal.td", found: "api.default.dc2.internal.td" },
    { serverName: "API.default.DC2.internal.td", found: "api.default.dc2.internal.td" },
    { serverName: "Web.default.dc1.internal.td", found: "Web.default.dc1.internal.td" },
    { serverName: "db.default.dc2.internal.td", found: "*.dc2.internal.td" },
    { serverName: "DB.default.DC2.internal.TD", found: "*.dc2.internal.td" },
    { serverName: "v1.api.default.dc2.internal.td", found: "*.dc2.internal.td" },
    { serverName: "one.dc2.internal.td", found: "*.dc2.internal.td" },
    { serverName: "db.default.dc3.internal.td", found: "*.internal.td" },
    { serverName: "dc2.internal.td", found: "*.internal.td" },
    { serverName: "node1.server.dc2.consul", found: "*.server.dc2.consul" },
    { serverName: "server.dc2.consul", found: undefined },
    { serverName: "internal.td", found: undefined },
    { serverName: "td", found: undefined },
    { serverName: "", found: undefined },
    { serverName: ".dc2.internal.td", found: undefined },
    { serverName: "a..dc2.internal.td", found: undefined },
    { serverName: "a.dc2.internal.td.", found: undefined },
    { serverName: "a.dc2.internal.td.evil", found: undefined },
    { serverName: "adc2.internal.td.", found: undefined },
  ];
  for (const { serverName, found } of cases) {
    test(`${JSON.stringify(serverName)} means ${found ?? "nothing"}`, () =>
      expect(matchServerName(tableOf(names), serverName)).toEqual(
        found === undefined ? undefined : { key: found, value: `route of ${found}` },
      ));
  }

  test("with labels that a `*` could hide behind means only what it says", () => {
    expect(matchServerName(tableOf(["*.td"]), "*.td")?.key).toBe("*.td");
    expect(matchServerName(tableOf(["*"]), "td")).toBeUndefined();
  });
});

test("the longest suffix that covers the whole of the name's end is found, as a search through all of them would", async () => {
  const label = constantFrom("a", "b", "c");
  const name = array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
  const wildcard = name.map((suffix) => `*.${suffix}`);
  await assertProperty(
    property(
      uniqueArray(name, { maxLength: 3 }),
      uniqueArray(wildcard, { maxLength: 6 }),
      name,
      (exact, wild, asked) => {
        const covering = wild.filter((key) => asked.endsWith(key.slice(1)));
        const longest = covering.toSorted((one, other) => other.length - one.length)[0];
        const expected = exact.includes(asked) ? asked : longest;
        expect(matchServerName(tableOf([...wild, ...exact]), asked)?.key).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("a hostile name costs no more look-ups than it may have labels", () => {
  let lookups = 0;
  class Counting extends Map<string, string> {
    override get(key: string): string | undefined {
      lookups += 1;
      return super.get(key);
    }
  }
  expect(matchServerName(new Counting(), "A.".repeat(32_000))).toBeUndefined();
  expect(lookups).toBe(2);
  expect(matchServerName(new Counting(), "a.".repeat(127))).toBeUndefined();
  expect(lookups).toBeLessThan(140);
});
