import type { JsonSchema, TSchema } from "./schema.ts";

/** Where a value does not fit its schema and why, without a word of the value itself, which may be secret. */
export type Misfit = { readonly path: readonly string[]; readonly reason: string };

type Check = (value: unknown) => Misfit | undefined;

const checks = new WeakMap<TSchema, Check>();

/**
 * What is wrong with `value` first, or undefined when it fits `schema`; where none of several shapes fits, what the first one misses.
 *
 * A schema is made into functions when it is first asked for. Throws a RangeError for one with a keyword that nothing here checks.
 */
export function misfitOf(schema: TSchema, value: unknown): Misfit | undefined {
  let check = checks.get(schema);
  if (check === undefined) {
    check = checkOf(schema as JsonSchema);
    checks.set(schema, check);
  }
  return check(value);
}

const CHECKED = ["type", "const", "enum", "anyOf", "items", "properties", "required", "additionalProperties"];
const BOUNDS = ["minLength", "pattern", "minimum", "maximum"];
const TOLD = ["default", "description", "secret"];
const KEYWORDS: ReadonlySet<string> = new Set([...CHECKED, ...BOUNDS, ...TOLD]);

function checkOf(schema: JsonSchema): Check {
  const strange = Object.keys(schema).find((keyword) => !KEYWORDS.has(keyword));
  if (strange !== undefined) throw new RangeError(`nothing checks the keyword ${strange} of a schema`);
  if (schema.anyOf !== undefined) return someOf(schema.anyOf.map(checkOf));
  if (schema.enum !== undefined) return oneOf(schema.enum);
  if (schema.const !== undefined) return oneOf([schema.const]);
  switch (schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return arrayOf(checkOf(schema.items ?? {}));
    case "string":
      return textOf(schema);
    case "integer":
      return numberOf(schema, Number.isInteger);
    case "number":
      return numberOf(schema, Number.isFinite);
    case "boolean":
      return (value) => (typeof value === "boolean" ? undefined : here("must be boolean"));
    case "null":
      return (value) => (value === null ? undefined : here("must be null"));
    default:
      return () => undefined;
  }
}

function here(reason: string): Misfit {
  return { path: [], reason };
}

function under(name: string, { path, reason }: Misfit): Misfit {
  return { path: [name, ...path], reason };
}

function someOf(alternatives: readonly Check[]): Check {
  return (value) => {
    let first: Misfit | undefined;
    for (const check of alternatives) {
      const misfit = check(value);
      if (misfit === undefined) return undefined;
      first ??= misfit;
    }
    return first;
  };
}

function oneOf(values: readonly unknown[]): Check {
  return (value) => (values.includes(value) ? undefined : here("is none of the values allowed"));
}

function numberOf({ type, minimum, maximum }: JsonSchema, isOne: (value: unknown) => boolean): Check {
  return (value) => {
    if (!isOne(value)) return here(`must be ${type}`);
    if (minimum !== undefined && (value as number) < minimum) return here(`must be >= ${minimum}`);
    return maximum !== undefined && (value as number) > maximum ? here(`must be <= ${maximum}`) : undefined;
  };
}

function textOf({ minLength = 0, pattern }: JsonSchema): Check {
  const matcher = pattern === undefined ? undefined : new RegExp(pattern, "u");
  return (value) => {
    if (typeof value !== "string") return here("must be string");
    // Characters are code points: a text has at most as many as it has UTF-16 units, so that most need no counting.
    if (minLength > 1 ? [...value].length < minLength : value.length < minLength) {
      return here(`must not have fewer than ${minLength} characters`);
    }
    return matcher?.test(value) === false ? here(`must match pattern "${pattern}"`) : undefined;
  };
}

function arrayOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return here("must be array");
    for (let index = 0; index < value.length; index++) {
      const misfit = check(value[index]);
      if (misfit !== undefined) return under(String(index), misfit);
    }
    return undefined;
  };
}

type Fields = readonly (readonly [name: string, required: boolean, check: Check])[];
type AnyRecord = Readonly<Record<string, unknown>>;

function objectOf({ properties = {}, required = [], additionalProperties = true }: JsonSchema): Check {
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, required.includes(name), checkOf(schema)] as const,
  );
  const others = othersOf(new Set(Object.keys(properties)), additionalProperties);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return here("must be object");
    return fieldMisfit(fields, value as AnyRecord) ?? others(value as AnyRecord);
  };
}

/** A field that may be absent may be undefined too. */
function fieldMisfit(fields: Fields, record: AnyRecord): Misfit | undefined {
  for (const [name, required, check] of fields) {
    if (!Object.hasOwn(record, name)) {
      if (required) return { path: [name], reason: "is missing" };
      continue;
    }
    const member = record[name];
    if (member === undefined && !required) continue;
    const misfit = check(member);
    if (misfit !== undefined) return under(name, misfit);
  }
  return undefined;
}

/** Checks the properties that no field is for. */
function othersOf(
  named: ReadonlySet<string>,
  allowed: boolean | JsonSchema,
): (record: AnyRecord) => Misfit | undefined {
  if (allowed === true) return () => undefined;
  const check = allowed === false ? () => here("is not known") : checkOf(allowed);
  return (record) => {
    for (const name of Object.keys(record)) {
      const misfit = named.has(name) ? undefined : check(record[name]);
      if (misfit !== undefined) return under(name, misfit);
    }
    return undefined;
  };
}
