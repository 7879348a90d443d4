import type { RouteTarget } from "@causeway/routes";
import type { Loop } from "./loop.ts";
import type { Side } from "./side.ts";

/** A connection that has lived so long is one that may fall silent. */
const YOUTH_MS = 1_000;

type Young = { readonly side: Side; readonly keepalive: NonNullable<RouteTarget["keepalive"]> };

/**
 * Has the kernel probe the endpoints of connections that last. Most connections are over before a probe could be due, and the four calls
 * for each of them would be a tenth of what it costs.
 */
export class Probing {
  readonly #loop: Loop;
  #young: Young[] = [];

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  /** Has an endpoint's socket probed once it has been open for a second or two. */
  add(side: Side, keepalive: Young["keepalive"]): void {
    this.#young.push({ side, keepalive });
    if (this.#young.length === 1) this.#loop.after(YOUTH_MS, () => this.#grow());
  }

  #grow(): void {
    const grown = this.#young;
    this.#young = [];
    for (const { side, keepalive } of grown) side.probe(keepalive);
  }
}
