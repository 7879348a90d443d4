import { colours } from "./colours.ts";
import type { Endpoint, Route, RoutesPage, Target } from "./diagnosis/facts.ts";
import { hostPort } from "./diagnosis/instances.ts";

const HEADING = ["Asked for by", "Turn", "Leads to", "Endpoints", "Intentions", "TLS in", "TLS out"];

/** More addresses than these make no line. */
const ADDRESSES_SHOWN = 3;

/** A heading, then a row for each target of each route, in the turn in which they are tried. */
export function routeRows({ routes, listeners }: Pick<RoutesPage, "routes" | "listeners">): readonly string[][] {
  const bound = new Map(listeners.map((listener) => [listener.name, listener.bound]));
  return [HEADING, ...routes.flatMap((route) => rowsOf(route, bound))];
}

function rowsOf(route: Route, bound: ReadonlyMap<string, boolean>): string[][] {
  const { serverName, listener = "", failover = [] } = route;
  const asked = serverName ?? (bound.get(listener) === false ? `${listener} (not bound)` : listener);
  return [route, ...failover].map((target, at) => [
    at === 0 ? asked : "",
    String(at + 1),
    target.stale === true ? `${target.name} (stale)` : target.name,
    endpointsText(target.endpoints),
    at === 0 ? intentionsText(route) : "",
    at === 0 ? route.inbound.kind : "",
    outboundText(target.outbound),
  ]);
}

/** "2/3 healthy: 10.0.0.1:8443, 10.0.0.2:8443, 10.0.0.3:8443 (ill)". */
function endpointsText(endpoints: readonly Endpoint[]): string {
  if (endpoints.length === 0) return "none";
  const healthy = endpoints.filter((each) => each.healthy).length;
  const shown = endpoints
    .slice(0, ADDRESSES_SHOWN)
    .map((each) => `${hostPort(each.address, each.port)}${each.healthy ? "" : " (ill)"}`);
  const rest = endpoints.length > ADDRESSES_SHOWN ? ", …" : "";
  return `${healthy}/${endpoints.length} healthy: ${shown.join(", ")}${rest}`;
}

function intentionsText({ inbound: { intentions, defaultAction } }: Route): string {
  return intentions === undefined ? "-" : `${intentions.length}, else ${defaultAction}`;
}

/** Between proxies the name asked for says nothing that is not in the target's name. */
function outboundText({ kind, serverName }: Target["outbound"]): string {
  return serverName === undefined || kind === "mesh" ? kind : `${kind}, ${serverName}`;
}

/** What a proxy cannot carry, and what goes wrong with its files, one line for each. */
export function troubleLines({ unavailable, fileErrors }: Pick<RoutesPage, "unavailable" | "fileErrors">): string[] {
  return [
    ...unavailable.map(({ name, reason }) => `${colours.red("no route")} ${name}: ${reason}`),
    ...fileErrors.map(({ reason, usingLastGood }) => {
      return `${colours.red("files")} ${reason}${usingLastGood ? "; what they held before is still used" : ""}`;
    }),
  ];
}
