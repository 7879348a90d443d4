import { type Decision, decide } from "@causeway/policy";
import type { Route } from "@causeway/routes";
import type { Connection } from "./connection.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import type { Roots } from "./identities.ts";
import { trustedUnder } from "./mesh-peer.ts";

/** Decides whether `source` may come in by this route; `undefined` where the route asks nobody who they are. */
export function decisionOn(route: Route, source: string): Decision | undefined {
  if (route.inbound.kind !== "mtls") return undefined;
  const { intentions, destination, defaultAction } = route.inbound.authorization;
  return decide({ intentions, source, destination, fallback: defaultAction });
}

/** Lets the connection pass if the intentions do; throws DENIED otherwise. The decision is kept with the connection. */
export function authorize(connection: Connection, route: Route, source: string): void {
  const decision = decisionOn(route, source);
  if (decision === undefined) return;
  connection.learn({ decision });
  if (decision.action === "allow") return;
  throw new ConnectionError({ code: "DENIED", source, destination: destinationOf(route), by: decision.by });
}

/**
 * The question that let each connection in, asked again of the present route table and roots: why the connection may not stay, or
 * `undefined`. A connection that is still on its way in and has no route yet is asked later, in its turn.
 */
export function objections(roots: Roots): (connection: Connection) => ConnectionFailure | undefined {
  const trusted = trustedUnder(roots);
  return (connection) => {
    const untrusted = connection.meshPeers.find((peer) => !trusted(peer));
    if (untrusted !== undefined) return { code: "ISSUER_WITHDRAWN", peer: untrusted.uri };
    return routeObjection(connection);
  };
}

function routeObjection({ bound, known }: Connection): ConnectionFailure | undefined {
  const { route, serverName, source } = known;
  if (route === undefined) return undefined;
  const present = bound.match(serverName)?.route;
  if (present === route) return undefined;
  const leadsElsewhere = present?.name !== route.name || present.inbound.kind !== route.inbound.kind;
  if (present === undefined || leadsElsewhere) return { code: "ROUTE_GONE", route: route.name };
  const decision = source === undefined ? undefined : decisionOn(present, source);
  if (source === undefined || decision === undefined || decision.action === "allow") return undefined;
  return { code: "NO_LONGER_ALLOWED", source, destination: destinationOf(present), by: decision.by };
}

function destinationOf({ inbound, name }: Route): string {
  return inbound.kind === "mtls" ? inbound.authorization.destination : name;
}
