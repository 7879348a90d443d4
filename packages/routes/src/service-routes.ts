import { type InstanceRecord, type ServiceResolverEntry, serviceServerName } from "@causeway/model";
import { endpointsOf } from "./endpoints.ts";
import { type MeshLocation, routeName } from "./mesh-name.ts";
import { byText } from "./order.ts";
import type { Route, Unavailable } from "./route.ts";
import { findSubset } from "./subset.ts";

/** A route and the server name that it is asked for by. */
export type NamedRoute = { readonly serverName: string; readonly subset: string | undefined; readonly route: Route };

/** The routes of one service, and what of it cannot be had. */
export type CompiledService = {
  readonly service: string;
  readonly routes: readonly NamedRoute[];
  readonly unavailable: readonly Unavailable[];
};

/** What the routes of one service are made of. */
export type ServiceRoutes = {
  readonly service: string;
  readonly resolver: ServiceResolverEntry | undefined;
  readonly mesh: MeshLocation;
  /** What all of them have in common: how connections come in and go on. */
  readonly carriage: Omit<Route, "name" | "endpoints">;
  /** The instances that a subset may lead to, of those that it covers. */
  readonly instances: (covers: (instance: InstanceRecord) => boolean) => readonly InstanceRecord[];
  /** Told of a route that leads nowhere. */
  readonly noInstance: string;
};

/**
 * The routes of one service: one under its own name, for its default subset or all instances, and one for each subset.
 *
 * A subset that cannot be used only costs its own route. Instances that are unhealthy stay in the route, marked.
 */
export function serviceRoutes({
  service,
  resolver,
  mesh,
  carriage,
  instances,
  noInstance,
}: ServiceRoutes): CompiledService {
  const routes: NamedRoute[] = [];
  const unavailable: Unavailable[] = [];
  for (const subset of [undefined, ...Object.keys(resolver?.Subsets ?? {}).sort(byText)]) {
    const name = routeName(service, subset);
    const found = findSubset(resolver, subset);
    if (found.kind === "unusable") {
      unavailable.push({ name, reason: found.reason });
      continue;
    }
    const endpoints = endpointsOf(instances(found.covers), found.health);
    if (endpoints.length === 0) unavailable.push({ name, reason: noInstance });
    const serverName = serviceServerName({ service, subset, ...mesh });
    routes.push({ serverName, subset, route: { ...carriage, name, endpoints } });
  }
  return { service, routes, unavailable };
}
