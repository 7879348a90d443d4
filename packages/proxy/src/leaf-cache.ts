import { ConnectionError } from "./errors.ts";
import type { Identities, Leaf, Roots } from "./identities.ts";

/**
 * Something made of a service's leaf and the roots, made once and again when one of the two has changed. What was made before stays
 * with the connections that have it.
 */
export class LeafCache<T> {
  readonly #identities: Identities;
  readonly #now: () => number;
  readonly #make: (leaf: Leaf, roots: Roots) => T;
  readonly #made = new Map<
    string,
    { readonly serial: string; readonly version: Roots["version"]; readonly value: T }
  >();

  constructor(identities: Identities, now: () => number, make: (leaf: Leaf, roots: Roots) => T) {
    this.#identities = identities;
    this.#now = now;
    this.#make = make;
  }

  /** What there is for `service`; throws NO_LEAF when it has no leaf, or none that anybody would accept. */
  for(service: string): T {
    const leaf = this.#identities.leaf(service);
    if (leaf === undefined) throw noLeaf(service, "none has been issued yet");
    if (leaf.notAfterMs <= this.#now())
      throw noLeaf(service, `it expired at ${new Date(leaf.notAfterMs).toISOString()}`);
    const roots = this.#identities.roots();
    const made = this.#made.get(service);
    if (made?.serial === leaf.serial && made.version === roots.version) return made.value;
    const value = this.#attempt(service, leaf, roots);
    this.#made.set(service, { serial: leaf.serial, version: roots.version, value });
    return value;
  }

  /** Forgets what belongs to no service of these. */
  retain(services: ReadonlySet<string>): void {
    for (const service of this.#made.keys()) if (!services.has(service)) this.#made.delete(service);
  }

  #attempt(service: string, leaf: Leaf, roots: Roots): T {
    try {
      return this.#make(leaf, roots);
    } catch (error) {
      throw noLeaf(service, error instanceof Error ? error.message : String(error), error);
    }
  }
}

function noLeaf(service: string, reason: string, cause?: unknown): ConnectionError {
  return new ConnectionError({ code: "NO_LEAF", service, reason }, { cause });
}
