import type { Endpoint, RouteTarget } from "@causeway/routes";
import type { Balancer } from "./balancer.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import type { HostNames } from "./host-names.ts";
import { placeOf, type RecentFailures } from "./recent-failures.ts";
import { type Patience, within } from "./sockets.ts";
import { hasName, inOrder, nextEndpoint, unresolved } from "./turns.ts";

/** An address to connect to, or why an endpoint has none. */
export type Candidate =
  | { readonly kind: "address"; readonly host: string; readonly endpoint: Endpoint }
  | { readonly kind: "unresolved"; readonly failure: ConnectionError; readonly endpoint: Endpoint };

/** Whose turn it is among the endpoints of a target, and how long a host name may take to resolve. */
export type Turns = {
  readonly target: RouteTarget;
  /** The one of the target's route. */
  readonly balancer: Balancer;
  readonly patience: Patience;
};

/** What else decides the order in which endpoints are tried. */
export type Order = {
  readonly hostNames: HostNames;
  readonly recentFailures: RecentFailures;
};

/**
 * Where to try, in turn: the endpoint whose turn it is with its addresses, then the others; those that failed a moment ago come last.
 */
export async function* candidates(turns: Turns, order: Order): AsyncGenerator<Candidate> {
  const { recentFailures } = order;
  const { target, balancer } = turns;
  const tried = new Set<Endpoint>();
  for (;;) {
    const endpoint = nextEndpoint(target, balancer, recentFailures, tried);
    if (endpoint === undefined) return;
    tried.add(endpoint);
    let failure: ConnectionFailure | undefined;
    for (const candidate of await addressesOf(endpoint, turns, order)) {
      yield candidate;
      failure =
        candidate.kind === "unresolved"
          ? candidate.failure.failure
          : recentFailures.of(placeOf(candidate.host, endpoint.port, target.outbound));
    }
    // Still here, so none of its addresses would do. Those that are no names are put aside one by one.
    if (hasName(endpoint) && failure !== undefined) {
      recentFailures.add(placeOf(endpoint.address, endpoint.port, target.outbound), failure);
    }
  }
}

async function addressesOf(
  endpoint: Endpoint,
  { target, patience }: Turns,
  { hostNames, recentFailures }: Order,
): Promise<readonly Candidate[]> {
  try {
    const hosts = await within(hostNames.addresses(endpoint.address), patience);
    return inOrder(hosts, endpoint, target, recentFailures).map((host) => ({ kind: "address", host, endpoint }));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const failure = new ConnectionError(unresolved(endpoint, why), { cause });
    return [{ kind: "unresolved", failure, endpoint }];
  }
}
