import type { Plan } from "./plan.ts";
import type { Scope } from "./repairs.ts";

/** What the plans for one request have touched, over all attempts. */
export class Touched {
  readonly #ids = new Set<string>();
  #node = false;

  /** Notes what a plan is about to write. */
  add({ nodeWrite, instanceWrites, left = [] }: Plan): void {
    this.#node ||= nodeWrite !== undefined;
    for (const id of left) this.#ids.add(id);
    for (const { service } of instanceWrites) this.#ids.add(service.ID);
  }

  /** True while nothing was touched. */
  get isEmpty(): boolean {
    return !this.#node && this.#ids.size === 0;
  }

  /** The instances to look at again: all of the node's when the node itself was written, since each copies it. */
  get scope(): Scope {
    return this.#node ? "all" : this.#ids;
  }
}
