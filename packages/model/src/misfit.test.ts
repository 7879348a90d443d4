import fc from "fast-check";
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { BUCKETS } from "./buckets.ts";
import { misfitOf } from "./misfit.ts";
import { type JsonSchema, type TSchema, Type } from "./schema.ts";
import { VERBS } from "./verbs.ts";

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const Listener = Type.Object(
  {
    Name: Type.String({ minLength: 2, pattern: "^[a-z]+$" }),
    Ports: Type.Array(Port),
    Note: Type.Optional(Type.Null()),
  },
  { additionalProperties: false },
);

describe("misfitOf names the first wrong field", () => {
  const refused: readonly (readonly [name: string, schema: TSchema, value: unknown, path: string, reason: string])[] = [
    ["a wrong type", Listener, [], "", "must be object"],
    ["null for an object", Listener, null, "", "must be object"],
    ["a field that is missing", Listener, { Name: "ab" }, "Ports", "is missing"],
    ["a field that nobody knows", Listener, { Name: "ab", Ports: [], Nte: 1 }, "Nte", "is not known"],
    ["an inherited field", Type.Object({ toString: Type.Unknown() }), {}, "toString", "is missing"],
    ["no list", Listener, { Name: "ab", Ports: {} }, "Ports", "must be array"],
    ["an item", Listener, { Name: "ab", Ports: [1, "2"] }, "Ports.1", "must be integer"],
    ["a fraction", Port, 1.5, "", "must be integer"],
    ["too small", Port, 0, "", "must be >= 1"],
    ["too large", Port, 65_536, "", "must be <= 65535"],
    ["no number", Type.Number(), Number.NaN, "", "must be number"],
    ["no text", Listener, { Name: 1, Ports: [] }, "Name", "must be string"],
    ["too short", Listener, { Name: "a", Ports: [] }, "Name", "must not have fewer than 2 characters"],
    ["one character of two units", Type.String({ minLength: 2 }), "😀", "", "must not have fewer than 2 characters"],
    ["other characters", Listener, { Name: "AB", Ports: [] }, "Name", 'must match pattern "^[a-z]+$"'],
    ["not null", Listener, { Name: "ab", Ports: [], Note: 0 }, "Note", "must be null"],
    ["no truth", Type.Boolean(), "true", "", "must be boolean"],
    ["another word", Type.Enum(["a", "b"]), "c", "", "is none of the values allowed"],
    ["no alternative", Type.Union([Type.Literal("a"), Type.Literal("b")]), "c", "", "is none of the values allowed"],
    ["a value of a record", Type.Record(Type.String(), Type.String()), { "a\nb": 1 }, "a\nb", "must be string"],
  ];
  for (const [name, schema, value, path, reason] of refused) {
    test(name, () => expect(misfitOf(schema, value)).toEqual({ path: path === "" ? [] : path.split("."), reason }));
  }

  const taken: readonly (readonly [name: string, schema: TSchema, value: unknown])[] = [
    ["what fits", Listener, { Name: "ab", Ports: [1, 65_535], Note: null }],
    ["an optional field that is undefined", Listener, { Name: "ab", Ports: [], Note: undefined }],
    ["further fields of an open object", Type.Object({}), { more: 1 }],
    ["the second alternative", Type.Union([Type.String(), Type.Null()]), null],
    ["anything", Type.Unknown(), undefined],
  ];
  for (const [name, schema, value] of taken)
    test(`takes ${name}`, () => expect(misfitOf(schema, value)).toBeUndefined());
});

test("a keyword that nothing checks is refused, not passed over", () => {
  expect(() => misfitOf(Type.String({ maxLength: 3 }), "ab")).toThrow("nothing checks the keyword maxLength");
  expect(() => misfitOf(Type.Object({ a: Type.Array(Type.String(), { uniqueItems: true }) }), {})).toThrow(
    "uniqueItems",
  );
});

/** Values that fit a schema or nearly do: each part is now and then something else. */
function nearly(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.anything({ maxDepth: 1 }) });
}

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(nearly));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  switch (schema.type) {
    case "object":
      return fittingObject(schema);
    case "array":
      return fc.array(nearly(schema.items ?? {}), { maxLength: 3 });
    case "string":
      return fc.string({ maxLength: 3 });
    case "integer":
    case "number":
      return fc.oneof(fc.integer({ min: -1, max: 3 }), fc.double());
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.anything({ maxDepth: 1 });
  }
}

function fittingObject({ properties = {}, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const value = required.includes(name) ? nearly(schema) : fc.option(nearly(schema), { nil: undefined });
      return [name, value];
    }),
  );
  const others = typeof additionalProperties === "object" ? additionalProperties : {};
  return fc
    .tuple(fc.record(fields), fc.dictionary(fc.string(), nearly(others), { maxKeys: 1 }))
    .map(([named, further]) => ({ ...further, ...named }));
}

describe("misfitOf finds something exactly where TypeBox does", () => {
  const kinds = Object.values(BUCKETS).flatMap(({ kinds }) => Object.entries<TSchema>(kinds));
  const verbs = Object.entries(VERBS).flatMap(([verb, { request, reply }]) => [
    [`request of ${verb}`, request] as const,
    [`reply to ${verb}`, reply] as const,
  ]);
  for (const [name, schema] of [...kinds, ...verbs]) {
    const theirs = Compile(schema);
    test(name, () => {
      fc.assert(
        fc.property(nearly(schema as JsonSchema), (value) => {
          expect(misfitOf(schema, value) === undefined).toBe(theirs.Check(value));
        }),
        { numRuns: 200 },
      );
    });
  }
});
