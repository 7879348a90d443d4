import { type Decision, decide } from "@causeway/policy/decide";
import type { Route } from "@causeway/routes";
import type { Known } from "./connection.ts";
import type { ConnectionFailure } from "./errors.ts";
import type { ListenerRoutes } from "./listener-routes.ts";

/** Decides whether `source` may come in by this route; `undefined` where the route asks nobody who they are. */
export function decisionOn(route: Route, source: string): Decision | undefined {
  if (route.inbound.kind !== "mtls") return undefined;
  const { intentions, destination, defaultAction } = route.inbound.authorization;
  return decide({ intentions, source, destination, fallback: defaultAction });
}

/** Why a connection that was let in by what is known of it may not stay, given what its listener's routes are now; `undefined` when it may. */
export function routeObjection(
  { route, serverName, host, source, requestsBy }: Known,
  routes: ListenerRoutes,
): ConnectionFailure | undefined {
  if (requestsBy !== undefined) {
    const { matching } = routes;
    const served = matching?.by === "host" && matching.inbound.kind === requestsBy;
    return served ? undefined : { code: "ROUTE_GONE", route: routes.name };
  }
  if (route === undefined) return undefined;
  const present = routes.match(host ?? serverName)?.route;
  if (present === route) return undefined;
  const leadsElsewhere = present?.name !== route.name || present.inbound.kind !== route.inbound.kind;
  if (present === undefined || leadsElsewhere) return { code: "ROUTE_GONE", route: route.name };
  const decision = source === undefined ? undefined : decisionOn(present, source);
  if (source === undefined || decision === undefined || decision.action === "allow") return undefined;
  return { code: "NO_LONGER_ALLOWED", source, destination: destinationOf(present), by: decision.by };
}

/** The service that a route's intentions are for, or else what the route is called. */
export function destinationOf({ inbound, name }: Route): string {
  return inbound.kind === "mtls" ? inbound.authorization.destination : name;
}
