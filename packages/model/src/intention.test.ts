import fc from "fast-check";
import { expect, test } from "vitest";
import { compareIntentions } from "./intention.ts";

const name = fc.constantFrom("*", "api", "db", "web");
const pair = fc.record({ Source: name, Destination: name });

test("intentions stand by precedence, then by source, then by destination", () => {
  const pairs = ["web=>db", "other=>db", "*=>*", "web=>*", "*=>db", "web=>cache"].map((text) => {
    const [Source = "", Destination = ""] = text.split("=>");
    return { Source, Destination };
  });
  expect(pairs.sort(compareIntentions).map(({ Source, Destination }) => `${Source}=>${Destination}`)).toEqual([
    "other=>db",
    "web=>cache",
    "web=>db",
    "*=>db",
    "web=>*",
    "*=>*",
  ]);
});

test("two intentions are equal in order only when they are the same pair", () => {
  fc.assert(
    fc.property(pair, pair, (a, b) => {
      expect(Math.sign(compareIntentions(a, b))).toBe(-Math.sign(compareIntentions(b, a)) || 0);
      expect(compareIntentions(a, b) === 0).toBe(a.Source === b.Source && a.Destination === b.Destination);
    }),
  );
});
