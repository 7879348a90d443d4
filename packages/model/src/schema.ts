import type { Type as TypeBox } from "typebox";

export type { Static, TObject, TSchema } from "typebox";

/** The keywords of JSON Schema that schemas here are made of. */
export type JsonSchema = {
  readonly type?: "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  /** What holds for the properties that are not named, or false when there must be none. */
  readonly additionalProperties?: boolean | JsonSchema;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
  /** Set on a field whose value must never be printed; no keyword of JSON Schema. */
  readonly secret?: boolean;
};

type Builder = Pick<
  typeof TypeBox,
  | "Array"
  | "Boolean"
  | "Enum"
  | "Integer"
  | "Literal"
  | "Null"
  | "Number"
  | "Object"
  | "Optional"
  | "Partial"
  | "Record"
  | "String"
  | "Union"
  | "Unknown"
>;

/** Marks the schema of a property that may be absent: a symbol, which JSON does not show. */
const OPTIONAL = Symbol("optional");
type Property = JsonSchema & { readonly [OPTIONAL]?: true };

function object(properties: Readonly<Record<string, Property>>, options: JsonSchema = {}): JsonSchema {
  const required = Object.keys(properties).filter((name) => properties[name]?.[OPTIONAL] !== true);
  return { type: "object", ...(required.length === 0 ? {} : { required }), properties, ...options };
}

const optional = (schema: JsonSchema): Property => ({ ...schema, [OPTIONAL]: true });

function partial({ properties = {}, required: _, ...rest }: JsonSchema, options: JsonSchema = {}): JsonSchema {
  const optionals = Object.entries(properties).map(([name, schema]) => [name, optional(schema)]);
  return { ...rest, ...object(Object.fromEntries(optionals), options) };
}

const schemas = {
  Array: (items: JsonSchema, options: JsonSchema = {}) => ({ type: "array", items, ...options }),
  Boolean: (options: JsonSchema = {}) => ({ type: "boolean", ...options }),
  Enum: (values: readonly string[], options: JsonSchema = {}) => ({ enum: values, ...options }),
  Integer: (options: JsonSchema = {}) => ({ type: "integer", ...options }),
  Literal: (value: string | number | boolean, options: JsonSchema = {}) => ({ const: value, ...options }),
  Null: (options: JsonSchema = {}) => ({ type: "null", ...options }),
  Number: (options: JsonSchema = {}) => ({ type: "number", ...options }),
  Object: object,
  Optional: optional,
  Partial: partial,
  Record: (_name: JsonSchema, value: JsonSchema, options: JsonSchema = {}) => ({
    type: "object",
    additionalProperties: value,
    ...options,
  }),
  String: (options: JsonSchema = {}) => ({ type: "string", ...options }),
  Union: (anyOf: readonly JsonSchema[], options: JsonSchema = {}) => ({ anyOf, ...options }),
  Unknown: (options: JsonSchema = {}) => options,
} satisfies Record<keyof Builder, unknown>;

/**
 * Builds JSON Schemas that are TypeScript types too, as TypeBox does, whose types it has.
 *
 * TypeBox itself, with what compiles its checks, is nearly 700 modules: 13 MB and 0.1 s of every process.
 */
export const Type = schemas as unknown as Builder;
