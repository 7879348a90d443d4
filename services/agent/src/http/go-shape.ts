import { durationNs, quoted } from "@causeway/model";
import { JsonError, parseJson } from "./json-text.ts";

/** Where in a document a value stands, as Go's errors tell it: the innermost struct, and the fields on the way to the value. */
type Place = { readonly struct: string; readonly path: readonly string[] };

/** What a value must look like: a Go type, read as `encoding/json` reads it with unknown fields disallowed. */
export type Shape<T> = {
  readonly goType: string;
  /** What null stands for inside of lists and maps; a field that is null is left out. */
  readonly zero: T;
  readonly read: (value: unknown, place: Place) => T;
};

/** What a shape gives. */
export type Shaped<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Shape<unknown>>>;
type Struct<F extends Fields> = { readonly [K in keyof F]?: Shaped<F[K]> };

/**
 * Reads a request body; fields are found whatever their case, and come back under the names of `shape`.
 *
 * @throws JsonError with Go's text.
 */
export function decodeBody<T>(body: string, shape: Shape<T>): T {
  const value = parseJson(body);
  return value === null ? shape.zero : shape.read(value, { struct: "", path: [] });
}

export const string: Shape<string> = {
  goType: "string",
  zero: "",
  read: (value, place) => (typeof value === "string" ? value : mismatch(value, "string", place)),
};

export const bool: Shape<boolean> = {
  goType: "bool",
  zero: false,
  read: (value, place) => (typeof value === "boolean" ? value : mismatch(value, "bool", place)),
};

export const int: Shape<number> = intShape("int");
export const uint64: Shape<number> = intShape("uint64");

/** Anything at all, as it is. */
export const any: Shape<unknown> = { goType: "interface {}", zero: null, read: (value) => value };

/** A duration in nanoseconds, from a Go duration or a number. */
export const duration: Shape<number> = {
  goType: "time.Duration",
  zero: 0,
  read: (value, place) => {
    if (typeof value === "number") return value;
    if (typeof value !== "string") return mismatch(value, "time.Duration", place);
    if (value === "") return 0;
    const ns = durationNs(value);
    if (ns === undefined) throw new JsonError(`time: invalid duration ${value}`);
    return ns;
  },
};

export function listOf<T>(item: Shape<T>): Shape<T[]> {
  const goType = `[]${item.goType}`;
  return {
    goType,
    zero: [],
    read: (value, place) => {
      if (!Array.isArray(value)) return mismatch(value, goType, place);
      return value.map((entry) => (entry === null ? item.zero : item.read(entry, place)));
    },
  };
}

export function mapOf<T>(item: Shape<T>): Shape<Record<string, T>> {
  const goType = `map[string]${item.goType}`;
  return {
    goType,
    zero: {},
    read: (value, place) => {
      if (!isObject(value)) return mismatch(value, goType, place);
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, entry === null ? item.zero : item.read(entry, place)]),
      );
    },
  };
}

/**
 * An object with these fields and no others. `aliases` are further spellings of a field, snake_case mostly, which Consul takes for
 * some types only. The Go name stands in error texts, with its package: "structs.NodeService".
 */
export function struct<F extends Fields>(
  goType: string,
  fields: F,
  aliases: Readonly<Record<string, keyof F & string>> = {},
): Shape<Struct<F>> {
  const spellings = new Map<string, string>();
  for (const name of Object.keys(fields)) spellings.set(name.toLowerCase(), name);
  for (const [alias, name] of Object.entries(aliases)) spellings.set(alias, name);
  const structName = goType.slice(goType.lastIndexOf(".") + 1);
  return {
    goType,
    zero: {},
    read: (value, { path }) => {
      if (!isObject(value)) return mismatch(value, goType, { struct: structName, path });
      const result: Record<string, unknown> = {};
      for (const [key, entry] of Object.entries(value)) {
        const name = spellings.get(key.toLowerCase());
        const shape = name === undefined ? undefined : fields[name];
        if (name === undefined || shape === undefined) throw new JsonError(`json: unknown field ${quoted(key)}`);
        if (entry !== null) result[name] = shape.read(entry, { struct: structName, path: [...path, name] });
      }
      return result as Struct<F>;
    },
  };
}

function intShape(goType: string): Shape<number> {
  return {
    goType,
    zero: 0,
    read: (value, place) => {
      if (typeof value !== "number") return mismatch(value, goType, place);
      if (!Number.isInteger(value) || (goType === "uint64" && value < 0)) {
        return mismatch(value, goType, place, `number ${value}`);
      }
      return value;
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mismatch(value: unknown, goType: string, { struct: name, path }: Place, found = kindOf(value)): never {
  const into =
    path.length === 0 ? `value of type ${goType}` : `struct field ${name}.${path.join(".")} of type ${goType}`;
  throw new JsonError(`json: cannot unmarshal ${found} into Go ${into}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
