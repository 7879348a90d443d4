import type { DestinationIntentions } from "@causeway/model";
import { byText } from "./order.ts";
import type { Authorization } from "./route.ts";

/** Which mesh a proxy belongs to: what server names and SPIFFE IDs are made of besides the service. */
export type MeshLocation = { readonly datacenter: string; readonly trustDomain: string };

/** Whether the leaf certificate that routes need is at hand. */
export type LeafState = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What a destination's own record of intentions, that of "*", and the default policy make of a route's authorization. */
export function authorizationFor(
  destination: string,
  records: readonly (DestinationIntentions | undefined)[],
  defaultAction: Authorization["defaultAction"],
): Authorization {
  const intentions = records.filter((record) => record !== undefined).sort((a, b) => byText(a.Name, b.Name));
  return { destination, intentions, defaultAction };
}

/** What logs and spans call a service or a subset of it: `db`, `v1.db`. */
export function routeName(service: string, subset: string | undefined): string {
  return subset === undefined || subset === "" ? service : `${subset}.${service}`;
}
