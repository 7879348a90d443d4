import { isIP } from "node:net";
import type { Endpoint, RouteTarget } from "@causeway/routes";
import type { Balancer } from "./balancer.ts";
import type { ConnectionFailure } from "./errors.ts";
import { printAddress } from "./print-address.ts";
import { placeOf, type RecentFailures } from "./recent-failures.ts";

/** Refused at once, so many attempts at a target take no time; when nothing answers, patience ends them earlier. */
export const MAX_ATTEMPTS = 10;

/** No further attempt at a target begins when the earlier ones have used up so many connect timeouts. */
export const TARGET_PATIENCE = 2;

/** No further target begins when the earlier ones have used up so many of the longest connect timeout. */
export const ROUTE_PATIENCE = 6;

// A host name may have dozens of addresses; the other endpoints are to have their turn too.
const MAX_ADDRESSES_PER_ENDPOINT = 4;

/** The untried endpoint of the target whose turn it is; those that failed a moment ago come last. */
export function nextEndpoint(
  { name, endpoints, outbound }: RouteTarget,
  balancer: Balancer,
  recentFailures: RecentFailures,
  tried: ReadonlySet<Endpoint>,
): Endpoint | undefined {
  const untried = (endpoint: Endpoint) => !tried.has(endpoint);
  if (recentFailures.size === 0) return balancer.choose(name, endpoints, untried);
  const promising = (endpoint: Endpoint) =>
    untried(endpoint) && !recentFailures.has(placeOf(endpoint.address, endpoint.port, outbound));
  return balancer.choose(name, endpoints, promising) ?? balancer.choose(name, endpoints, untried);
}

/** The addresses of an endpoint that are tried, in their order: those that failed a moment ago come last. */
export function inOrder(
  hosts: readonly string[],
  { port }: Endpoint,
  { outbound }: RouteTarget,
  recentFailures: RecentFailures,
): readonly string[] {
  const failed = hosts.filter((host) => recentFailures.has(placeOf(host, port, outbound)));
  const ordered = [...hosts.filter((host) => !failed.includes(host)), ...failed];
  return ordered.slice(0, MAX_ADDRESSES_PER_ENDPOINT);
}

/** What it is called when a host name has no addresses. */
export function unresolved({ address, port }: Endpoint, why: string): ConnectionFailure {
  const reason = `its name cannot be resolved: ${why}`;
  return { code: "DIAL_FAILED", address: printAddress(address, port), reason };
}

/** Whether an endpoint is put aside by its name, besides its addresses, when none of them would do. */
export function hasName({ address }: Endpoint): boolean {
  return isIP(address) === 0;
}
