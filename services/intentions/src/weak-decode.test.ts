import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Shape, weakDecode } from "./weak-decode.ts";

const shape: Shape = {
  Name: "text",
  LegacyID: "text",
  Meta: "text map",
  Rest: "anything",
  Sources: { listOf: { Name: "text", Meta: "text map" } },
};

const read = [
  { name: "nothing", raw: {}, value: {} },
  { name: "null as absent", raw: { Name: null, Sources: null }, value: {} },
  { name: "snake_case", raw: { legacy_id: "a" }, value: { LegacyID: "a" } },
  { name: "any case", raw: { NAME: "a", legacyid: "b" }, value: { Name: "a", LegacyID: "b" } },
  { name: "a number for a text", raw: { Name: 5 }, value: { Name: "5" } },
  { name: "a boolean for a text", raw: { Name: true, LegacyID: false }, value: { Name: "1", LegacyID: "0" } },
  { name: "numbers in a map of texts", raw: { Meta: { a: 1 } }, value: { Meta: { a: "1" } } },
  { name: "one object for a list", raw: { Sources: { Name: "a" } }, value: { Sources: [{ Name: "a" }] } },
  { name: "a list of one for an object", raw: [{ Meta: [{ a: "b" }] }], value: { Meta: { a: "b" } } },
  { name: "an empty list", raw: { Sources: [] }, value: { Sources: [] } },
  { name: "what nobody looks into, as it is", raw: { Rest: [{ x: null }] }, value: { Rest: [{ x: null }] } },
] as const;

describe("a weakly typed value may have", () => {
  for (const { name, raw, value } of read) {
    test(name, () => expect(weakDecode(shape, raw)).toEqual({ kind: "read", value }));
  }
});

const unknown = [
  { name: "at the top", raw: { Bogus: 1 }, problems: ['invalid config key "Bogus"'] },
  {
    name: "in a list, under the canonical name of what holds it",
    raw: { sources: [{ Name: "a" }, { bo_gus: 1 }] },
    problems: ['invalid config key "Sources[1].bo_gus"'],
  },
  {
    name: "twice",
    raw: { a: 1, Sources: [{ b: 2 }] },
    problems: ['invalid config key "a"', 'invalid config key "Sources[0].b"'],
  },
] as const;

describe("an unknown key is named", () => {
  for (const { name, raw, problems } of unknown) {
    test(name, () => expect(weakDecode(shape, raw)).toEqual({ kind: "unknown keys", problems }));
  }
});

const unreadable = [
  {
    name: "an object for a text",
    raw: { Sources: [{ Name: {} }] },
    problems: ["'Sources[0].Name' expected type 'string', got unconvertible type 'map'"],
  },
  { name: "a text for an object", raw: { Sources: ["a"] }, problems: ["'Sources[0]' expected a map, got 'string'"] },
  { name: "a text for a map", raw: { Meta: "a" }, problems: ["'Meta' expected a map, got 'string'"] },
  { name: "a list at the top", raw: [], problems: ["'' expected a map, got 'slice'"] },
] as const;

describe("a value of the wrong type is named, and unknown keys beside it are not", () => {
  for (const { name, raw, problems } of unreadable) {
    test(name, () => expect(weakDecode({ ...shape }, raw)).toEqual({ kind: "unreadable", problems }));
  }
  test("both at once", () => {
    expect(weakDecode(shape, { Name: [], Bogus: 1 }).kind).toBe("unreadable");
  });
});

test("any JSON is read or refused, and what is read has only known fields", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (raw) => {
      const decoded = weakDecode(shape, raw);
      if (decoded.kind === "read")
        expect(Object.keys(shape)).toEqual(expect.arrayContaining(Object.keys(decoded.value)));
      else expect(decoded.problems.length).toBeGreaterThan(0);
    }),
  );
});
