import type { Route } from "@causeway/routes";
import type { Connection } from "./connection.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import type { Roots } from "./identities.ts";
import { trustedUnder } from "./mesh-peer.ts";
import { decisionOn, destinationOf, routeObjection } from "./route-objection.ts";

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
    return routeObjection(connection.known, connection.bound.routes);
  };
}
