import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSubjectAltName } from "./subject-alt-name.ts";

describe("readSubjectAltName", () => {
  const cases = [
    { name: "nothing", text: "", names: [] },
    { name: "one name", text: "URI:spiffe://a/b", names: [["URI", "spiffe://a/b"]] },
    {
      name: "several of several kinds",
      text: "DNS:a.example, IP Address:FD00:0:0:0:0:0:0:1, email:a@b.c, URI:spiffe://a/b",
      names: [
        ["DNS", "a.example"],
        ["IP Address", "FD00:0:0:0:0:0:0:1"],
        ["email", "a@b.c"],
        ["URI", "spiffe://a/b"],
      ],
    },
    {
      name: "a DNS name that looks like two names",
      text: 'DNS:"a, URI:spiffe://evil/x", URI:spiffe://a/b',
      names: [
        ["DNS", "a, URI:spiffe://evil/x"],
        ["URI", "spiffe://a/b"],
      ],
    },
    {
      name: "a name with quotes in it",
      text: 'DNS:"a\\", URI:spiffe://evil/x"',
      names: [["DNS", 'a", URI:spiffe://evil/x']],
    },
    { name: "an empty name", text: "DNS:", names: [["DNS", ""]] },
  ];
  for (const { name, text, names } of cases) {
    test(`reads ${name}`, () => {
      expect(readSubjectAltName(text)).toEqual(names.map(([type, value]) => ({ type, value })));
    });
  }

  for (const text of [
    "URI",
    ":x",
    "URI:a,b",
    "URI:a,",
    "URI:a, ",
    'URI:"a',
    'URI:"a"b',
    'URI:"\\q"',
    ", URI:a",
    'URI:a"b',
  ]) {
    test(`does not guess at ${text}`, () => expect(readSubjectAltName(text)).toBeUndefined());
  }

  test("gives back what Node wrote, for any names", () => {
    const name = fc.record({
      type: fc.constantFrom("URI", "DNS", "email"),
      value: fc.string({ unit: "binary-ascii" }),
    });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const text = names.map(({ type, value }) => `${type}:${asNodeWrites(value)}`).join(", ");
        expect(readSubjectAltName(text)).toEqual(names);
      }),
    );
  });
});

/** Node's rule: a value with a comma, a quote, a backslash or what is not printable is written as a JSON string. */
function asNodeWrites(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) && !/["\\,']/.test(value) ? value : JSON.stringify(value);
}
