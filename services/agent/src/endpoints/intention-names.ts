import { DEFAULT_NAMESPACE, quoted } from "@causeway/model";
import { answered } from "../http/errors.ts";

/** A name out of a query, and whether its namespace is the one that exists. */
export type IntentionName = { readonly name: string; readonly known: boolean };

/** The first value of a query parameter. Throws an ApiError with Consul's text when it is not there. */
export function requiredParameter(query: URLSearchParams, parameter: string): string {
  const value = query.get(parameter);
  if (value === null) throw answered(500, `required query parameter '${parameter}' not set`);
  return value;
}

/** Reads "service" or "namespace/service"; `parameter` stands in the text of the ApiError for anything else. */
export function intentionName(text: string, parameter: string): IntentionName {
  const parts = text.split("/");
  if (parts.length > 2) {
    throw answered(500, `${parameter} ${quoted(text)} is invalid: input can contain at most one '/'`);
  }
  const [first = "", second] = parts;
  if (second === undefined) return { name: first, known: true };
  return { name: second, known: first === DEFAULT_NAMESPACE || first === "*" };
}
