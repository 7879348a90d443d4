import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "./json-text.ts";

const refused = [
  ["", "EOF"],
  ["  \n", "EOF"],
  ["{", "unexpected EOF"],
  ['{"a', "unexpected EOF"],
  ['{"a"', "unexpected EOF"],
  ["[1,", "unexpected EOF"],
  ["-", "unexpected EOF"],
  ["tru", "unexpected EOF"],
  ["nope", "invalid character 'o' in literal null (expecting 'u')"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1ex", "invalid character 'x' in exponent of numeric literal"],
  ["-x", "invalid character 'x' in numeric literal"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
] as const;

describe("parseJson", () => {
  for (const [text, message] of refused) {
    test(`${JSON.stringify(text)} is refused with: ${message}`, () => expect(() => parseJson(text)).toThrow(message));
  }

  test("what follows the first value is not looked at", () => {
    expect(parseJson('{"a": ["\\u00e9\\n", -1.5e2, true, null, {}, []]} and so on')).toEqual({
      a: ["é\n", -150, true, null, {}, []],
    });
  });

  test("values that are nested without end are refused, not let run the stack out", () => {
    expect(() => parseJson(`${"[".repeat(100_000)}x`)).toThrow("exceeded max depth");
  });

  test("the slow reader reads every JSON text as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(`${text} trailing`)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("every prefix of a JSON text is read or refused as cut short", () => {
    fc.assert(
      fc.property(fc.json({ depthSize: "small" }), (text) => {
        for (let length = 1; length < text.length; length++) {
          try {
            parseJson(text.slice(0, length));
          } catch (error) {
            expect((error as Error).message).toMatch(/^(unexpected )?EOF$/);
          }
        }
      }),
    );
  });
});
