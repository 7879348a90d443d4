import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfigText, parseHcl, parseWithPositions } from "./document.ts";
import { HclError } from "./errors.ts";

/** Texts that look like HCL more often than chance would have it. */
const shards = fc.array(
  fc.oneof(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      "=",
      '"',
      "\\",
      "${",
      "<<E\n",
      "\nE\n",
      "<<-E\n",
      "#",
      "//",
      "/*",
      "*/",
      "\n",
      " ",
    ),
    fc.constantFrom("a", "Kind", '"b c"', "1", "0x", "-", ".5", "1e", "true", ":", "\u0000", "\uFEFF"),
    fc.string({ unit: "binary", maxLength: 4 }),
  ),
  { maxLength: 40 },
);

const scalar = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());
type Value = string | number | boolean | Value[] | { [key: string]: Value };
const { object } = fc.letrec<{ value: Value; object: { [key: string]: Value } }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 4 }),
}));

/** Quotes `text` as HCL: JSON's escapes are HCL's, but for an interpolation, which a JSON writer does not know. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\\/", "/").replaceAll("$", "\\u0024").replaceAll("\u007f", "\\u007f");
}

/** Writes HCL with `gap()` between any two words. */
function write(value: Value, gap: () => string): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => `${gap()}${write(item, gap)}${gap()}`).join(",")}${gap()}]`;
  if (typeof value === "object") return `{${gap()}${writeItems(value, gap)}}`;
  return String(value);
}

function writeItems(object: { readonly [key: string]: Value }, gap: () => string): string {
  return Object.entries(object)
    .map(([key, value]) => `${quoted(key)}${gap()}=${gap()}${write(value, gap)}${gap()} `)
    .join("");
}

describe("any text", () => {
  test("throws an HclError or nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          shards.map((parts) => parts.join("")),
        ),
        (text) => {
          for (const parse of [parseHcl, parseConfigText, (json: string) => parseConfigText(`{${json}`)]) {
            try {
              parse(text);
            } catch (error) {
              expect(error).toBeInstanceOf(HclError);
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("any value", () => {
  test("survives JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseConfigText(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("survives HCL, and neither blanks nor comments matter", () => {
    const gaps = fc.array(fc.constantFrom("", " ", "\n", "\t", "# c {\n", "// [\n", "/* } */", "\r\n"), {
      minLength: 1,
    });
    fc.assert(
      fc.property(object, gaps, (value, choices) => {
        let next = 0;
        const gap = () => choices[next++ % choices.length] ?? "";
        expect(parseHcl(writeItems(value, gap))).toEqual(value);
      }),
    );
  });

  test("has each of its keys on the line where it is written", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (keys) => {
        const { lineOf } = parseWithPositions(keys.map((key) => `${key} = 1`).join("\n"));
        expect(keys.map((key) => lineOf([key]))).toEqual(keys.map((_, index) => index + 1));
      }),
    );
  });
});
