import { durationNs, durationText } from "./go-duration.ts";

/** How one field of a written value is read. */
export type WeakField =
  | "text"
  | "flag"
  | "integer"
  | "integers"
  | "number"
  /** A Go duration or a number of nanoseconds; becomes the text of a Go duration. */
  | "duration"
  /** The same; becomes the number. */
  | "nanoseconds"
  | "texts"
  | "text map"
  /** A map of anything at all. */
  | "opaque map"
  | "anything"
  | { readonly object: WeakShape }
  | { readonly listOf: WeakShape }
  | { readonly mapOf: WeakShape };

/** The fields of an object, by the name that they are stored under. */
export type WeakShape = Readonly<Record<string, WeakField>>;

/** What was read, or everything that was wrong. */
export type WeaklyDecoded =
  | { readonly kind: "read"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "unreadable"; readonly problems: readonly string[] }
  /** What all other keys say is there, for readers that let unknown ones pass. */
  | {
      readonly kind: "unknown keys";
      readonly value: Readonly<Record<string, unknown>>;
      readonly problems: readonly string[];
    };

type Faults = { readonly types: string[]; readonly keys: string[] };

/**
 * Reads a config entry as its author may write it: keys in CamelCase or snake_case, numbers and booleans where a text is meant and the
 * other way round, one object where a list of them is. Null counts as absent.
 *
 * @see https://pkg.go.dev/github.com/mitchellh/mapstructure (WeaklyTypedInput)
 */
export function weakDecode(shape: WeakShape, raw: unknown): WeaklyDecoded {
  const faults: Faults = { types: [], keys: [] };
  const value = readObject(shape, raw, "", faults);
  if (faults.types.length > 0) return { kind: "unreadable", problems: faults.types };
  if (faults.keys.length > 0) return { kind: "unknown keys", value, problems: faults.keys };
  return { kind: "read", value };
}

function readObject(shape: WeakShape, raw: unknown, path: string, faults: Faults): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const object = asObject(raw);
  if (object === undefined) {
    faults.types.push(`'${path}' expected a map, got '${kindOf(raw)}'`);
    return value;
  }
  const known = new Map(Object.keys(shape).map((name) => [plain(name), name]));
  for (const [key, given] of Object.entries(object)) {
    const name = known.get(plain(key));
    const field = name === undefined ? undefined : shape[name];
    if (name === undefined || field === undefined) faults.keys.push(unknownKey(join(path, key)));
    else if (given !== null && given !== undefined) value[name] = readField(field, given, join(path, name), faults);
  }
  return value;
}

function unknownKey(path: string): string {
  const problem = `invalid config key "${path}"`;
  return path.toLowerCase().endsWith("namespace") ? `${problem}, namespaces are a consul enterprise feature` : problem;
}

function readField(field: WeakField, given: unknown, path: string, faults: Faults): unknown {
  if (typeof field === "object") return readNested(field, given, path, faults);
  switch (field) {
    case "anything":
      return given;
    case "text":
      return readText(given, path, faults);
    case "flag":
      return readFlag(given, path, faults);
    case "integer":
      return readInteger(given, path, faults);
    case "integers":
      return listFrom(given).map((item, at) => readInteger(item, `${path}[${at}]`, faults));
    case "number":
      return readNumber(given, path, faults);
    case "duration":
      return durationText(readNanoseconds(given, path, faults));
    case "nanoseconds":
      return readNanoseconds(given, path, faults);
    case "texts":
      return listFrom(given).map((item, at) => readText(item, `${path}[${at}]`, faults));
    case "text map":
      return readMap(given, path, faults, (item, at) => readText(item, at, faults));
    case "opaque map":
      return readMap(given, path, faults, (item) => item);
  }
}

function readNested(field: Extract<WeakField, object>, given: unknown, path: string, faults: Faults): unknown {
  if ("object" in field) return readObject(field.object, given, path, faults);
  if ("mapOf" in field) return readMap(given, path, faults, (item, at) => readObject(field.mapOf, item, at, faults));
  return listFrom(given).map((item, at) => readObject(field.listOf, item, `${path}[${at}]`, faults));
}

function readText(given: unknown, path: string, faults: Faults): string {
  if (typeof given === "string") return given;
  if (typeof given === "number") return String(given);
  if (typeof given === "boolean") return given ? "1" : "0";
  return mismatch("string", given, path, faults, "");
}

function readFlag(given: unknown, path: string, faults: Faults): boolean {
  if (typeof given === "boolean") return given;
  if (typeof given === "number") return given !== 0;
  if (typeof given === "string" && /^(1|t|true|0|f|false|)$/i.test(given)) return /^(1|t|true)$/i.test(given);
  return mismatch("bool", given, path, faults, false);
}

function readInteger(given: unknown, path: string, faults: Faults): number {
  if (typeof given === "boolean") return Number(given);
  const number = typeof given === "string" && /^[+-]?\d+$/.test(given) ? Number(given) : given;
  if (typeof number === "number" && Number.isFinite(number)) return Math.trunc(number);
  return mismatch("int", given, path, faults, 0);
}

function readNumber(given: unknown, path: string, faults: Faults): number {
  if (typeof given === "boolean") return Number(given);
  const number = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  return mismatch("float32", given, path, faults, 0);
}

function readNanoseconds(given: unknown, path: string, faults: Faults): number {
  const ns = typeof given === "number" ? given : typeof given === "string" ? durationNs(given) : undefined;
  if (ns !== undefined) return ns;
  faults.types.push(`error decoding '${path}': time: invalid duration ${String(given)}`);
  return 0;
}

function readMap<T>(
  given: unknown,
  path: string,
  faults: Faults,
  read: (item: unknown, path: string) => T,
): Record<string, T> {
  const object = asObject(given);
  if (object === undefined) {
    faults.types.push(`'${path}' expected a map, got '${kindOf(given)}'`);
    return {};
  }
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, read(item, join(path, key))]));
}

function mismatch<T>(wanted: string, given: unknown, path: string, faults: Faults, zero: T): T {
  faults.types.push(`'${path}' expected type '${wanted}', got unconvertible type '${kindOf(given)}'`);
  return zero;
}

function listFrom(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [given];
}

/** An object, or a list of just one: that is how some readers of HCL give a block. */
function asObject(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  if (Array.isArray(raw)) return raw.length === 1 ? asObject(raw[0]) : undefined;
  return typeof raw === "object" && raw !== null ? (raw as Readonly<Record<string, unknown>>) : undefined;
}

/** What `DestinationName`, `destinationname` and `destination_name` have in common. */
function plain(key: string): string {
  return key.replaceAll("_", "").toLowerCase();
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (value === null || value === undefined) return "nil";
  return typeof value === "object" ? "map" : typeof value;
}
