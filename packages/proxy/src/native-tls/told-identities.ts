import type { Identities } from "../identities.ts";
import type { IdentityOrder } from "./mirrored-identities.ts";

/** What a worker has been told of identities, so that it is told only what is new. */
export class ToldIdentities {
  readonly #identities: Identities;
  readonly #serials = new Map<string, string>();
  #rootsVersion: string | number | undefined;

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** What the worker does not know yet, when it is to present the leaves of these services; it counts as told. */
  news(services: ReadonlySet<string>): readonly IdentityOrder[] {
    const orders: IdentityOrder[] = [];
    const roots = this.#identities.roots();
    if (services.size > 0 && roots.version !== this.#rootsVersion) {
      this.#rootsVersion = roots.version;
      orders.push({ kind: "roots", roots });
    }
    for (const service of [...this.#serials.keys()].filter((known) => !services.has(known))) {
      this.#serials.delete(service);
      orders.push({ kind: "leaf", service, leaf: undefined });
    }
    for (const service of services) {
      const leaf = this.#identities.leaf(service);
      if (leaf?.serial === this.#serials.get(service)) continue;
      if (leaf === undefined) this.#serials.delete(service);
      else this.#serials.set(service, leaf.serial);
      orders.push({ kind: "leaf", service, leaf });
    }
    return orders;
  }
}
