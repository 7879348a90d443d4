/** How one field of a written value is read. */
export type Field = "text" | "text map" | "anything" | { readonly listOf: Shape };

/** The fields of an object, by the name that they are stored under. */
export type Shape = Readonly<Record<string, Field>>;

/** What was read, or everything that was wrong. */
export type Decoded =
  | { readonly kind: "read"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "unreadable"; readonly problems: readonly string[] }
  | { readonly kind: "unknown keys"; readonly problems: readonly string[] };

type Faults = { readonly types: string[]; readonly keys: string[] };

/**
 * Reads a config entry as its author may write it: keys in CamelCase or snake_case, numbers and booleans where a text is meant, one
 * object where a list of them is. Null counts as absent.
 *
 * @see https://pkg.go.dev/github.com/mitchellh/mapstructure (WeaklyTypedInput)
 */
export function weakDecode(shape: Shape, raw: unknown): Decoded {
  const faults: Faults = { types: [], keys: [] };
  const value = readObject(shape, raw, "", faults);
  if (faults.types.length > 0) return { kind: "unreadable", problems: faults.types };
  if (faults.keys.length > 0) return { kind: "unknown keys", problems: faults.keys };
  return { kind: "read", value };
}

function readObject(shape: Shape, raw: unknown, path: string, faults: Faults): Record<string, unknown> {
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
    if (name === undefined || field === undefined) faults.keys.push(`invalid config key "${join(path, key)}"`);
    else if (given !== null && given !== undefined) value[name] = readField(field, given, join(path, name), faults);
  }
  return value;
}

function readField(field: Field, given: unknown, path: string, faults: Faults): unknown {
  if (field === "anything") return given;
  if (field === "text") return readText(given, path, faults);
  if (field === "text map") return readMap(given, path, faults);
  const list = Array.isArray(given) ? given : [given];
  return list.map((item, at) => readObject(field.listOf, item, `${path}[${at}]`, faults));
}

function readText(given: unknown, path: string, faults: Faults): string {
  if (typeof given === "string") return given;
  if (typeof given === "number") return String(given);
  if (typeof given === "boolean") return given ? "1" : "0";
  faults.types.push(`'${path}' expected type 'string', got unconvertible type '${kindOf(given)}'`);
  return "";
}

function readMap(given: unknown, path: string, faults: Faults): Record<string, string> {
  const object = asObject(given);
  if (object === undefined) {
    faults.types.push(`'${path}' expected a map, got '${kindOf(given)}'`);
    return {};
  }
  return Object.fromEntries(
    Object.entries(object).map(([key, text]) => [key, readText(text, join(path, key), faults)]),
  );
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
