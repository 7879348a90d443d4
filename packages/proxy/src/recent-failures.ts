import type { Outbound } from "@causeway/routes";
import type { ConnectionFailure } from "./errors.ts";
import { printAddress } from "./print-address.ts";

// Long enough that a dead endpoint costs few connections their patience, short enough that one which is back is soon used again.
const FIRST_ASIDE_MS = 5_000;
const LONGEST_ASIDE_MS = 60_000;

// What is past is swept out when there are more than this.
const SWEEP_ABOVE = 1_000;

type Entry = { readonly asideMs: number; readonly untilMs: number; readonly failure: ConnectionFailure };

/**
 * What a connection reaches at an address. In the mesh the server name is part of it: a mesh gateway's address leads to many services,
 * of which one may be out of reach and the next not.
 */
export function placeOf(host: string, port: number, outbound: Outbound): string {
  const address = printAddress(host, port);
  return outbound.kind === "mesh" ? `${address} ${outbound.serverName}` : address;
}

/** Places that could not be reached a moment ago; they are tried last. */
export class RecentFailures {
  readonly #now: () => number;
  readonly #failures = new Map<string, Entry>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Puts a place aside: for 5 s, and for twice as long with each failure in a row, up to a minute. */
  add(place: string, failure: ConnectionFailure): void {
    const last = this.#failures.get(place);
    const asideMs = last === undefined ? FIRST_ASIDE_MS : Math.min(last.asideMs * 2, LONGEST_ASIDE_MS);
    this.#failures.set(place, { asideMs, untilMs: this.#now() + asideMs, failure });
    if (this.#failures.size > SWEEP_ABOVE) this.#sweep();
  }

  /** Takes a place back that was reached. */
  delete(place: string): void {
    this.#failures.delete(place);
  }

  /** Why the place is aside now, `undefined` when it is not. */
  of(place: string): ConnectionFailure | undefined {
    const entry = this.#failures.get(place);
    return entry !== undefined && entry.untilMs > this.#now() ? entry.failure : undefined;
  }

  /** Whether the place is aside now. */
  has(place: string): boolean {
    return this.of(place) !== undefined;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#failures.size;
  }

  #sweep(): void {
    for (const [place, { untilMs }] of this.#failures) if (untilMs <= this.#now()) this.#failures.delete(place);
  }
}
