import { Type as TypeBox } from "typebox";
import { describe, expect, test } from "vitest";
import { Type } from "./schema.ts";

/** The same schema, said by both builders. */
const cases = (["ours", "TypeBox's"] as const).map((whose) => {
  const T: typeof Type = whose === "ours" ? Type : TypeBox;
  const Port = T.Integer({ minimum: 0, maximum: 65_535, description: "A port." });
  const Weights = T.Object({ Passing: T.Integer(), Warning: T.Optional(T.Integer({ default: 1 })) });
  return {
    "an object of everything": T.Object({
      Name: T.String({ minLength: 1, pattern: "^a" }),
      Ports: T.Array(Port),
      Ratio: T.Number(),
      Native: T.Optional(T.Boolean({ default: false })),
      Anything: T.Unknown(),
      Secret: T.Union([T.String({ secret: true }), T.Null()], { description: "May be null." }),
      Weights,
    }),
    "a closed object": T.Object({ Name: T.String() }, { additionalProperties: false }),
    "an object without fields": T.Object({}),
    "an object whose fields may all be absent": T.Object({ Name: T.Optional(T.String()) }),
    "a part of an object": T.Partial(Weights),
    "an object made of the fields of another": T.Object({ ...Weights.properties, Name: T.String() }),
    "an optional field with further options": T.Object({ A: T.Optional(T.Array(T.Boolean(), { default: [] })) }),
  };
});

describe("Type builds the JSON Schema that TypeBox builds", () => {
  const [ours, theirs] = cases;
  for (const [name, schema] of Object.entries(ours ?? {})) {
    test(name, () => {
      expect(JSON.parse(JSON.stringify(schema))).toEqual(
        JSON.parse(JSON.stringify(theirs?.[name as keyof typeof theirs])),
      );
    });
  }
});

test("a record says of all its fields what TypeBox says of those that match its pattern", () => {
  expect(Type.Record(Type.String(), Type.Integer())).toEqual({
    type: "object",
    additionalProperties: { type: "integer" },
  });
});

test("a literal and an enumeration say their values", () => {
  expect(Type.Literal("tcp")).toEqual({ const: "tcp" });
  expect(Type.Enum(["a", "b"])).toEqual({ enum: ["a", "b"] });
});
