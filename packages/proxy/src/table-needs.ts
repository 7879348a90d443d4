import type { Listener, Route, RouteTable } from "@causeway/routes";
import { fileSetOf } from "./originations.ts";
import type { TlsFileSet } from "./tls-files.ts";

/** What a route table needs of its surroundings. */
export type TableNeeds = {
  /** Services whose leaf is presented to clients. */
  readonly presented: ReadonlySet<string>;
  /** Services whose leaf is presented onward. */
  readonly proved: ReadonlySet<string>;
  readonly files: readonly TlsFileSet[];
};

/** Finds what the routes of a table need. */
export function needsOf({ listeners }: RouteTable): TableNeeds {
  const presented = new Set<string>();
  const proved = new Set<string>();
  const files: TlsFileSet[] = [];
  for (const { inbound, outbound } of listeners.flatMap(routesOf)) {
    if (inbound.kind === "mtls") presented.add(inbound.leaf);
    if (outbound.kind === "mesh") proved.add(outbound.leaf);
    if (outbound.kind === "tls" || outbound.kind === "mtls") files.push(fileSetOf(outbound));
  }
  return { presented, proved, files };
}

function routesOf({ match }: Listener): readonly Route[] {
  return match.by === "listener" ? [match.route] : [...match.routes.values()];
}
