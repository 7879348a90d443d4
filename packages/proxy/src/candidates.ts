import { isIP } from "node:net";
import type { Endpoint, RouteTarget } from "@causeway/routes";
import type { Balancer } from "./balancer.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import type { HostNames } from "./host-names.ts";
import { placeOf, type RecentFailures } from "./recent-failures.ts";
import { type Patience, printAddress, within } from "./sockets.ts";

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

// A host name may have dozens of addresses; the other endpoints are to have their turn too.
const MAX_ADDRESSES_PER_ENDPOINT = 4;

/**
 * Where to try, in turn: the endpoint whose turn it is with its addresses, then the others; those that failed a moment ago come last.
 */
export async function* candidates(turns: Turns, order: Order): AsyncGenerator<Candidate> {
  const { recentFailures } = order;
  const { outbound } = turns.target;
  const tried = new Set<Endpoint>();
  for (;;) {
    const endpoint = nextEndpoint(turns, order, tried);
    if (endpoint === undefined) return;
    tried.add(endpoint);
    let failure: ConnectionFailure | undefined;
    for (const candidate of await addressesOf(endpoint, turns, order)) {
      yield candidate;
      failure =
        candidate.kind === "unresolved"
          ? candidate.failure.failure
          : recentFailures.of(placeOf(candidate.host, endpoint.port, outbound));
    }
    // Still here, so none of its addresses would do. Those that are no names are put aside one by one.
    if (isIP(endpoint.address) === 0 && failure !== undefined) {
      recentFailures.add(placeOf(endpoint.address, endpoint.port, outbound), failure);
    }
  }
}

function nextEndpoint(
  { balancer, target }: Turns,
  { recentFailures }: Order,
  tried: ReadonlySet<Endpoint>,
): Endpoint | undefined {
  const { name, endpoints, outbound } = target;
  const untried = (endpoint: Endpoint) => !tried.has(endpoint);
  const promising = (endpoint: Endpoint) =>
    untried(endpoint) && !recentFailures.has(placeOf(endpoint.address, endpoint.port, outbound));
  return balancer.choose(name, endpoints, promising) ?? balancer.choose(name, endpoints, untried);
}

async function addressesOf(
  endpoint: Endpoint,
  { target, patience }: Turns,
  { hostNames, recentFailures }: Order,
): Promise<readonly Candidate[]> {
  const { address, port } = endpoint;
  try {
    const hosts = await within(hostNames.addresses(address), patience);
    const failed = hosts.filter((host) => recentFailures.has(placeOf(host, port, target.outbound)));
    const ordered = [...hosts.filter((host) => !failed.includes(host)), ...failed];
    return ordered.slice(0, MAX_ADDRESSES_PER_ENDPOINT).map((host) => ({ kind: "address", host, endpoint }));
  } catch (cause) {
    const reason = `its name cannot be resolved: ${cause instanceof Error ? cause.message : String(cause)}`;
    const failure = new ConnectionError(
      { code: "DIAL_FAILED", address: printAddress(address, port), reason },
      { cause },
    );
    return [{ kind: "unresolved", failure, endpoint }];
  }
}
