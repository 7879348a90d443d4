import { randomBytes } from "node:crypto";
import type { Identities } from "../identities.ts";
import type { IdentityOrder } from "./mirrored-identities.ts";

const TICKET_SECRET_BYTES = 32;

/** What the workers have been told of identities, so that they are told only what is new. */
export class ToldIdentities {
  readonly #identities: Identities;
  readonly #ticketSecret = randomBytes(TICKET_SECRET_BYTES);
  readonly #serials = new Map<string, string>();
  #rootsVersion: string | number | undefined;

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** What they do not know yet, when they are to present the leaves of these services; it counts as told. */
  news(services: ReadonlySet<string>): readonly IdentityOrder[] {
    const orders: IdentityOrder[] = [];
    const roots = this.#identities.roots();
    if (services.size > 0 && roots.version !== this.#rootsVersion) {
      this.#rootsVersion = roots.version;
      orders.push({ kind: "roots", roots, ticketSecret: this.#ticketSecret });
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
