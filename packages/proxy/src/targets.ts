import { isIP } from "node:net";
import type { Endpoint } from "@causeway/routes";
import type { Balancer } from "./balancer.ts";
import { ConnectionError } from "./errors.ts";
import type { HostNames } from "./host-names.ts";
import type { RecentFailures } from "./recent-failures.ts";
import { type Patience, printAddress, within } from "./sockets.ts";

/** An address to connect to, or why an endpoint has none. */
export type Target =
  | { readonly kind: "address"; readonly host: string; readonly endpoint: Endpoint }
  | { readonly kind: "unresolved"; readonly failure: ConnectionError; readonly endpoint: Endpoint };

/** Whose turn it is among these endpoints, and how long a host name may take to resolve. */
export type Turns = {
  readonly balancer: Balancer;
  /** Tells the route from the listener's others. */
  readonly key: string;
  readonly endpoints: readonly Endpoint[];
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
export async function* targets(turns: Turns, order: Order): AsyncGenerator<Target> {
  const tried = new Set<Endpoint>();
  for (;;) {
    const endpoint = nextEndpoint(turns, order, tried);
    if (endpoint === undefined) return;
    tried.add(endpoint);
    yield* await addressesOf(endpoint, order, turns.patience);
    // Still here, so none of its addresses would do. Those that are no names are put aside one by one.
    if (isIP(endpoint.address) === 0) order.recentFailures.add(printAddress(endpoint.address, endpoint.port));
  }
}

function nextEndpoint(
  { balancer, key, endpoints }: Turns,
  { recentFailures }: Order,
  tried: ReadonlySet<Endpoint>,
): Endpoint | undefined {
  const untried = (endpoint: Endpoint) => !tried.has(endpoint);
  const promising = (endpoint: Endpoint) =>
    untried(endpoint) && !recentFailures.has(printAddress(endpoint.address, endpoint.port));
  return balancer.choose(key, endpoints, promising) ?? balancer.choose(key, endpoints, untried);
}

async function addressesOf(
  endpoint: Endpoint,
  { hostNames, recentFailures }: Order,
  patience: Patience,
): Promise<readonly Target[]> {
  const { address, port } = endpoint;
  try {
    const hosts = await within(hostNames.addresses(address), patience);
    const failed = hosts.filter((host) => recentFailures.has(printAddress(host, port)));
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
