import { any, decodeBody, type Shape } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { isJson } from "./visible.ts";

/** A request's body as its endpoint reads it; undefined where that refuses it anyway. */
export function readBody<T>(body: string, shape: Shape<T>): T | undefined {
  try {
    return decodeBody(body, shape);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** A request's body as it is; undefined where it is no JSON. */
export function rawBody(body: string): unknown {
  return readBody(body, any);
}

/**
 * Every text under a key that is read as `name`, whatever its case. Go reads keys so, and which of several counts is the endpoint's
 * affair: whoever asks needs the permission on each.
 */
export function textsNamed(value: unknown, name: string): readonly string[] {
  return valuesNamed(value, name).filter((found) => typeof found === "string");
}

/** Every value under a key that is read as `name`, as `textsNamed`. */
export function valuesNamed(value: unknown, name: string): readonly unknown[] {
  if (!isJson(value)) return [];
  return Object.entries(value).flatMap(([key, found]) => (key.toLowerCase() === name ? [found] : []));
}

/** Every text under a key that is read as `name`, at any depth. */
export function textsBelow(value: unknown, name: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((part) => textsBelow(part, name));
  if (!isJson(value)) return [];
  return [...textsNamed(value, name), ...Object.values(value).flatMap((part) => textsBelow(part, name))];
}
