/** Header or trailer fields in the order and spelling in which they came; a name may come more than once. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** What is between two neighbours only, and so never passed on. @see RFC 9110 section 7.6.1 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** What no client can have left out by naming it in `Connection`: whoever is asked needs it to tell one request from the next. */
const NEVER_LEFT_OUT: ReadonlySet<string> = new Set(["host", "content-length"]);

/** Reads fields as Node has them, name and value by turns; pseudo-header fields of HTTP/2 are left out. */
export function fieldsOf(raw: readonly string[]): Fields {
  const fields: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (!name.startsWith(":")) fields.push([name, raw[at + 1] ?? ""]);
  }
  return fields;
}

/** Fields as Node takes them, name and value by turns. */
export function flat(fields: Fields): string[] {
  return fields.flat();
}

/** Fields as Node takes trailers. */
export function pairs(fields: Fields): [string, string][] {
  return fields.map(([name, value]) => [name, value]);
}

/** As `flat`, with names in lower case, as HTTP/2 has them. */
export function flatInLowerCase(fields: Fields): string[] {
  return fields.flatMap(([name, value]) => [name.toLowerCase(), value]);
}

/** Fields as an object, with the values of a name that comes more than once in an array. */
export function byName(fields: Fields): Record<string, string | string[]> {
  const grouped = Map.groupBy(fields, ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...grouped].map(([name, all]) => [name, all.length === 1 ? (all[0]?.[1] ?? "") : all.map(([, value]) => value)]),
  );
}

/** The first value of a name, which is given in lower case. */
export function firstValue(fields: Fields, wanted: string): string | undefined {
  return fields.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Fields without those of these names, which are given in lower case. */
export function without(fields: Fields, names: ReadonlySet<string>): Fields {
  return fields.filter(([name]) => !names.has(name.toLowerCase()));
}

/** Fields that are for whoever is asked, or has asked, in the end: without those between two neighbours, or named in `Connection`. */
export function endToEnd(fields: Fields): Fields {
  const options = fields
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((option) => option.trim())
    .filter((option) => !NEVER_LEFT_OUT.has(option));
  return without(fields, new Set([...HOP_BY_HOP, ...options]));
}

/** Whether whoever asks can take trailers. */
export function takesTrailers(fields: Fields): boolean {
  return fields.some(([name, value]) => name.toLowerCase() === "te" && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value));
}
