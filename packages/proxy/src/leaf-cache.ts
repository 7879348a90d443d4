import type { TlsLimits } from "@causeway/routes";
import { ConnectionError } from "./errors.ts";
import type { Identities, Leaf, Roots } from "./identities.ts";

/** Which leaf is presented, under which limits of TLS, and what is agreed on by ALPN; any offer where that is not said. */
export type LeafUse = {
  readonly leaf: string;
  readonly limits?: TlsLimits;
  readonly protocols?: readonly string[];
};

/** Tells one use of a leaf from another. */
export function leafUseKey({ leaf, limits, protocols }: LeafUse): string {
  return JSON.stringify([leaf, limits, protocols]);
}

/** Makes something of a leaf and the roots, fit for its use. */
export type MakeOfLeaf<T> = (leaf: Leaf, roots: Roots, limits: TlsLimits | undefined, use: LeafUse) => T;

/**
 * Something made of a service's leaf, the roots and limits of TLS, made once and again when one of them has changed. What was made
 * before stays with the connections that have it.
 */
export class LeafCache<T> {
  readonly #identities: Identities;
  readonly #now: () => number;
  readonly #make: MakeOfLeaf<T>;
  readonly #discard: (made: T) => void;
  readonly #made = new Map<
    string,
    { readonly use: LeafUse; readonly serial: string; readonly version: Roots["version"]; readonly value: T }
  >();

  /** @param discard - told of what is of no use for new connections any more. */
  constructor(identities: Identities, now: () => number, make: MakeOfLeaf<T>, discard: (made: T) => void = () => {}) {
    this.#identities = identities;
    this.#now = now;
    this.#make = make;
    this.#discard = discard;
  }

  /** What there is for this use; throws NO_LEAF when the service has no leaf, or none that anybody would accept. */
  for(use: LeafUse): T {
    const { leaf: service } = use;
    const leaf = this.#identities.leaf(service);
    if (leaf === undefined) throw noLeaf(service, "none has been issued yet");
    if (leaf.notAfterMs <= this.#now())
      throw noLeaf(service, `it expired at ${new Date(leaf.notAfterMs).toISOString()}`);
    const roots = this.#identities.roots();
    const key = leafUseKey(use);
    const made = this.#made.get(key);
    if (made?.serial === leaf.serial && made.version === roots.version) return made.value;
    const value = this.#attempt(use, leaf, roots);
    this.#made.set(key, { use, serial: leaf.serial, version: roots.version, value });
    if (made !== undefined) this.#discard(made.value);
    return value;
  }

  /** Forgets what is for no use of these. */
  retain(uses: Iterable<LeafUse>): void {
    const kept = new Set(Array.from(uses, leafUseKey));
    for (const [key, { value }] of this.#made) {
      if (kept.has(key)) continue;
      this.#made.delete(key);
      this.#discard(value);
    }
  }

  /** Forgets what was made of a service's leaf. */
  forget(service: string): void {
    for (const [key, { use, value }] of this.#made) {
      if (use.leaf !== service) continue;
      this.#made.delete(key);
      this.#discard(value);
    }
  }

  #attempt(use: LeafUse, leaf: Leaf, roots: Roots): T {
    try {
      return this.#make(leaf, roots, use.limits, use);
    } catch (error) {
      throw noLeaf(use.leaf, error instanceof Error ? error.message : String(error), error);
    }
  }
}

function noLeaf(service: string, reason: string, cause?: unknown): ConnectionError {
  return new ConnectionError({ code: "NO_LEAF", service, reason }, { cause });
}
