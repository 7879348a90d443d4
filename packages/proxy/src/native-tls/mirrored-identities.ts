import type { Identities, Leaf, Roots } from "../identities.ts";

/** What the worker can be told of identities. */
export type IdentityOrder =
  | {
      readonly kind: "roots";
      readonly roots: Roots;
      /** What the keys of tickets are derived from, the same for all workers, so that each understands what another has given. */
      readonly ticketSecret: Uint8Array;
    }
  | { readonly kind: "leaf"; readonly service: string; readonly leaf: Leaf | undefined };

/** The identities as the main thread has told them last. */
export class MirroredIdentities implements Identities {
  readonly #leaves = new Map<string, Leaf>();
  ticketSecret: Uint8Array = new Uint8Array(0);
  #roots: Roots = { trustDomain: "", certificatesPem: [], version: "none yet" };

  leaf(service: string): Leaf | undefined {
    return this.#leaves.get(service);
  }

  roots(): Roots {
    return this.#roots;
  }

  /** Takes in what is new. */
  assign(order: IdentityOrder): void {
    if (order.kind === "roots") {
      this.#roots = order.roots;
      this.ticketSecret = order.ticketSecret;
    } else if (order.leaf === undefined) this.#leaves.delete(order.service);
    else this.#leaves.set(order.service, order.leaf);
  }
}
