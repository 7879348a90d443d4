import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromKeyToken, keyOf, keyToken, namesOf } from "./tokens.ts";

/** What a NATS key-value key may be made of, as its client checks it, without dots. */
const LEGAL_TOKEN = /^[-/=\w]+$/;

const cases = [
  { name: "web", token: "web" },
  { name: "*", token: "=any" },
  { name: "", token: "=empty" },
  { name: "node.example.com", token: "node=2eexample=2ecom" },
  { name: "=any", token: "=3dany" },
  { name: "café", token: "caf=c3=a9" },
] as const;

describe("keyToken", () => {
  for (const { name, token } of cases) {
    test(`${JSON.stringify(name)} becomes ${token} and back`, () => {
      expect(keyToken(name)).toBe(token);
      expect(fromKeyToken(token)).toBe(name);
    });
  }

  // A lone surrogate is no text and has no UTF-8 form.
  const name = fc.string({ unit: "grapheme" });

  test("every name survives, as a legal token", () => {
    fc.assert(
      fc.property(name, (given) => {
        expect(keyToken(given)).toMatch(LEGAL_TOKEN);
        expect(fromKeyToken(keyToken(given))).toBe(given);
      }),
    );
  });

  test("a list of names survives as a key, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        expect(namesOf(keyOf(...names))).toEqual(names);
      }),
    );
  });

  test("any text can be decoded without a throw", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof fromKeyToken(text) === "string"));
  });
});
