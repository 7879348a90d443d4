import type { Authorizer } from "@causeway/policy";
import type { Guard } from "./guard.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether whoever asks may see one part of an answer. */
export type Sees = (part: unknown, authorizer: Authorizer) => boolean;

type Filter = NonNullable<Guard["filter"]>;

/** The text under `path` in an answer, "" when there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>((at, key) => (isJson(at) ? at[key] : undefined), value);
  return typeof found === "string" ? found : "";
}

/** Leaves out of a list, or of the values of an object, what `sees` says no to. */
export function onlyWhat(sees: Sees): Filter {
  return (value, { authorizer }) => visiblePart(value, (part) => sees(part, authorizer));
}

/** Leaves out of a list or an object what `keep` says no to; the same value when it keeps all. */
export function visiblePart(value: unknown, keep: (part: unknown, key: string) => boolean): unknown {
  if (Array.isArray(value)) {
    const kept = value.filter((part) => keep(part, ""));
    return kept.length === value.length ? value : kept;
  }
  if (!isJson(value)) return value;
  const all = Object.entries(value);
  const kept = all.filter(([key, part]) => keep(part, key));
  return kept.length === all.length ? value : Object.fromEntries(kept);
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const seesNode: Sees = (node, may) => may.may("node:read", textAt(node, "Node"));

export const seesServiceNode: Sees = (instance, may) =>
  seesNode(instance, may) && may.may("service:read", textAt(instance, "ServiceName"));

export const seesInstance: Sees = (instance, may) =>
  may.may("node:read", textAt(instance, "Node", "Node")) &&
  may.may("service:read", textAt(instance, "Service", "Service"));

export const seesCheck: Sees = (check, may) => {
  const service = textAt(check, "ServiceName");
  return seesNode(check, may) && (service === "" || may.may("service:read", service));
};

export const seesLink: Sees = (link, may) => may.may("service:read", textAt(link, "Service", "Name"));

export const seesNamedService: Sees = (summary, may) => may.may("service:read", textAt(summary, "Name"));

/** An intention is seen from either end. */
export const seesIntention: Sees = (intention, may) =>
  may.may("intention:read", textAt(intention, "SourceName")) ||
  may.may("intention:read", textAt(intention, "DestinationName"));
