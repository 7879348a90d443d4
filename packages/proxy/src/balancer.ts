import type { Endpoint } from "@causeway/routes";

/**
 * Shares connections out among the healthy endpoints of each target of a route in proportion to their weights, and evenly mixed:
 * weights 5, 1 and 1 give a a b a c a a rather than a a a a a b c. This is the smooth weighted round robin that nginx introduced.
 *
 * What each endpoint is owed is kept when the list of endpoints changes, so that the new list goes on where the old one was.
 */
export class Balancer {
  readonly #targets = new Map<string, Balance>();

  /** The next healthy endpoint of the target that is `eligible`; `undefined` when there is none. */
  choose(
    target: string,
    endpoints: readonly Endpoint[],
    eligible: (endpoint: Endpoint) => boolean,
  ): Endpoint | undefined {
    let best: Share | undefined;
    let total = 0;
    for (const share of this.#balanceOf(target, endpoints).shares) {
      if (!eligible(share.endpoint)) continue;
      share.owed += share.endpoint.weight;
      total += share.endpoint.weight;
      if (best === undefined || share.owed > best.owed) best = share;
    }
    if (best !== undefined) best.owed -= total;
    return best?.endpoint;
  }

  /** Forgets the targets that are not among these. */
  retain(current: ReadonlySet<string>): void {
    for (const target of this.#targets.keys()) if (!current.has(target)) this.#targets.delete(target);
  }

  #balanceOf(target: string, endpoints: readonly Endpoint[]): Balance {
    const known = this.#targets.get(target);
    if (known?.endpoints === endpoints) return known;
    const owed = new Map(known?.shares.map((share) => [keyOf(share.endpoint), share.owed]));
    const healthy = endpoints.filter((endpoint) => endpoint.healthy);
    const shares = healthy.map((endpoint) => ({ endpoint, owed: owed.get(keyOf(endpoint)) ?? 0 }));
    const balance = { endpoints, shares };
    this.#targets.set(target, balance);
    return balance;
  }
}

/** An endpoint, and how far it is behind (positive) or ahead of its share of the connections. */
type Share = { readonly endpoint: Endpoint; owed: number };

type Balance = { readonly endpoints: readonly Endpoint[]; readonly shares: readonly Share[] };

function keyOf({ node, instance, address, port }: Endpoint): string {
  return JSON.stringify([node, instance, address, port]);
}
