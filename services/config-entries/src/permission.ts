import type { Authorizer } from "@causeway/bus";
import type { ConfigEntryKind } from "@causeway/model";
import type { Draft } from "./kinds/kind.ts";

/** Kinds about one service; the rest are about the mesh as a whole. */
const OF_A_SERVICE: readonly ConfigEntryKind[] = [
  "service-defaults",
  "service-resolver",
  "service-router",
  "service-splitter",
];

/** Kinds that lead to other services, which whoever writes them must be allowed to find. */
const LEADING_ON: readonly ConfigEntryKind[] = ["service-resolver", "service-router", "service-splitter"];

/** Whether somebody may write this entry. */
export function mayWrite(authorizer: Authorizer, entry: Draft): boolean {
  if (!mayDelete(authorizer, entry.Kind, entry.Name)) return false;
  if (!LEADING_ON.includes(entry.Kind)) return true;
  return servicesBelow(entry).every((service) => authorizer.may("service:read", service));
}

/** Whether somebody may remove the entry of this kind and name. */
export function mayDelete(authorizer: Authorizer, kind: ConfigEntryKind, name: string): boolean {
  if (OF_A_SERVICE.includes(kind)) return authorizer.may("service:write", name);
  return kind === "mesh" ? authorizer.may("mesh:write") : authorizer.may("operator:write");
}

/** Every service that an entry names, at any depth; "" stands for that which the entry is about. */
function servicesBelow(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, found]) => {
    if (typeof found === "string") return key === "Service" && found !== "" ? [found] : [];
    return servicesBelow(found);
  });
}
