import type { Endpoint } from "@causeway/routes";

/**
 * Shares connections out among the healthy endpoints of each route of a listener in proportion to their weights, and evenly mixed: weights 5, 1 and 1
 * give a a b a c a a rather than a a a a a b c. This is the smooth weighted round robin that nginx introduced.
 *
 * What each endpoint is owed is kept when the list of endpoints changes, so that the new list goes on where the old one was.
 */
export class Balancer {
  readonly #routes = new Map<string, Balance>();

  /** The next healthy endpoint of the route that is `eligible`; `undefined` when there is none. */
  choose(
    route: string,
    endpoints: readonly Endpoint[],
    eligible: (endpoint: Endpoint) => boolean,
  ): Endpoint | undefined {
    let best: Share | undefined;
    let total = 0;
    for (const share of this.#balanceOf(route, endpoints).shares) {
      if (!eligible(share.endpoint)) continue;
      share.owed += share.endpoint.weight;
      total += share.endpoint.weight;
      if (best === undefined || share.owed > best.owed) best = share;
    }
    if (best !== undefined) best.owed -= total;
    return best?.endpoint;
  }

  /** Forgets the routes that are not `current`. */
  retain(current: (route: string) => boolean): void {
    for (const route of this.#routes.keys()) if (!current(route)) this.#routes.delete(route);
  }

  #balanceOf(route: string, endpoints: readonly Endpoint[]): Balance {
    const known = this.#routes.get(route);
    if (known?.endpoints === endpoints) return known;
    const owed = new Map(known?.shares.map((share) => [keyOf(share.endpoint), share.owed]));
    const healthy = endpoints.filter((endpoint) => endpoint.healthy);
    const shares = healthy.map((endpoint) => ({ endpoint, owed: owed.get(keyOf(endpoint)) ?? 0 }));
    const balance = { endpoints, shares };
    this.#routes.set(route, balance);
    return balance;
  }
}

/** An endpoint, and how far it is behind (positive) or ahead of its share of the connections. */
type Share = { readonly endpoint: Endpoint; owed: number };

type Balance = { readonly endpoints: readonly Endpoint[]; readonly shares: readonly Share[] };

function keyOf({ node, instance, address, port }: Endpoint): string {
  return JSON.stringify([node, instance, address, port]);
}
