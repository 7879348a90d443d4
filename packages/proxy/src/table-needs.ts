import type { Listener, Route, RouteTable } from "@causeway/routes";
import { targetsOf } from "./failover.ts";
import type { LeafUse } from "./leaf-cache.ts";
import { fileSetOf } from "./origination-terms.ts";
import type { TlsFileSet } from "./tls-files.ts";

/** What a route table needs of its surroundings. */
export type TableNeeds = {
  /** Leaves that are presented to clients. */
  readonly presented: readonly LeafUse[];
  /** Leaves that are presented onward. */
  readonly proved: readonly LeafUse[];
  readonly files: readonly TlsFileSet[];
};

/** Finds what the routes of a table need. */
export function needsOf({ listeners }: RouteTable): TableNeeds {
  const presented: LeafUse[] = [];
  const proved: LeafUse[] = [];
  const files: TlsFileSet[] = [];
  const routes = listeners.flatMap(routesOf);
  // Who is led to no service is taken in all the same.
  const requests = listeners.flatMap(({ match }) => (match.by === "host" ? [match] : []));
  for (const { inbound } of [...routes, ...requests]) {
    if (inbound.kind === "mtls" || inbound.kind === "tls") presented.push(inbound);
  }
  for (const route of routes) {
    for (const { outbound } of targetsOf(route)) {
      if (outbound.kind === "mesh") proved.push(outbound);
      if (outbound.kind === "tls" || outbound.kind === "mtls") files.push(fileSetOf(outbound));
    }
  }
  return { presented, proved, files };
}

/** The services whose leaves these listeners present, to clients or onward. */
export function leavesPresentedBy(listeners: readonly Listener[]): ReadonlySet<string> {
  const { presented, proved } = needsOf({ listeners, unavailable: [] });
  return new Set([...presented, ...proved].map(({ leaf }) => leaf));
}

function routesOf({ match }: Listener): readonly Route[] {
  return match.by === "listener" ? [match.route] : [...match.routes.values()];
}
