import { quoted } from "@causeway/model";
import { answered } from "./errors.ts";

/** Reads a boolean as Go does; undefined when it is none. @see https://pkg.go.dev/strconv#ParseBool */
export function parseGoBool(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? false : undefined;
}

/** Whether `?passing` asks to leave out what is not passing: by itself it does, with a value that value says. */
export function onlyPassing(query: URLSearchParams): boolean {
  const value = query.get("passing");
  if (value === null || value === "") return value === "";
  const only = parseGoBool(value);
  if (only === undefined) throw answered(400, "Invalid value for ?passing");
  return only;
}

/** Gives what says whether a node has all pairs of `?node-meta=key:value`. */
export function nodeMetaFilter(query: URLSearchParams): (meta: Readonly<Record<string, string>> | null) => boolean {
  const wanted = query.getAll("node-meta").map((pair): [string, string] => {
    const colon = pair.indexOf(":");
    return colon === -1 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
  });
  return (meta) => wanted.every(([key, value]) => meta !== null && Object.hasOwn(meta, key) && meta[key] === value);
}

/** Gives what says whether a service has all tags of `?tag`, whatever their case. */
export function tagFilter(query: URLSearchParams): (tags: readonly string[]) => boolean {
  const wanted = query.getAll("tag").map((tag) => tag.toLowerCase());
  return (tags) => wanted.every((tag) => tags.some((has) => has.toLowerCase() === tag));
}

/** The revision that `?cas` expects, 0 for none yet; undefined when it is not asked for. Throws an ApiError with Go's text. */
export function casIndex(query: URLSearchParams): number | undefined {
  const text = query.get("cas") ?? "";
  if (text === "") return undefined;
  if (!/^\d+$/.test(text)) throw answered(500, `strconv.ParseUint: parsing ${quoted(text)}: invalid syntax`);
  return Number(text);
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** An unsigned number of 64 bits, undefined when it is not there. Throws an ApiError with Go's text for anything else, nothing included. */
export function uint64Parameter(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const problem = (reason: string) => answered(500, `strconv.ParseUint: parsing ${quoted(text)}: ${reason}`);
  if (!/^\d+$/.test(text)) throw problem("invalid syntax");
  const value = BigInt(text);
  if (value > MAX_UINT64) throw problem("value out of range");
  return value;
}
