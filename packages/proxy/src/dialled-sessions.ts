import type { X509Certificate } from "node:crypto";
import type { Terms } from "./origination-terms.ts";

/** What a far side has proved in a full handshake, and until when that may be relied on without another. */
export type Standing = {
  /** Its certificate and those above it, up to the root under which it was verified. */
  readonly chain: readonly X509Certificate[];
  /** In milliseconds since 1970: no certificate of the chain has expired by then. */
  readonly untilMs: number;
};

/** A session that can be resumed, and what its far side has proved in the full handshake from which it comes. */
export type Resumable<S> = { readonly session: S; readonly standing: Standing };

type Held<S> = Resumable<S> & { readonly sinceMs: number; readonly untilMs: number };

/** However often sessions are resumed one after the other, a far side proves who it is in full once an hour. */
const STANDING_MS = 3_600_000;

/** Of one place so many are held, which is how many connections can begin there at once without a full handshake. */
const HELD_PER_PLACE = 16;

/** A session takes some 4 kB, most of it the ticket, in which the far side has our certificate. */
const HELD_IN_ALL = 512;

/** Tells with whom and on which terms a session was begun: it is offered to nobody else, and on no others. */
export function sessionPlace(address: string, { serverName, proof }: Terms): string {
  return JSON.stringify([address, serverName, proof]);
}

/**
 * Sessions that were begun with far sides under one certificate of ours and one set of roots, to be resumed under the same and no others:
 * whoever makes a context has them beside it, and closes both. Each is given out once, so that nobody can tell by its ticket that
 * two connections are of one client, and only while its ticket and all certificates that its far side has proved itself by are valid.
 *
 * @see RFC 8446 appendix C.4
 */
export class DialledSessions<S> {
  /** The time in milliseconds since 1970 by which they end. */
  readonly now: () => number;
  readonly #discard: (session: S) => void;
  // The place that was added to last comes last; so does each place's newest session.
  readonly #places = new Map<string, Held<S>[]>();
  #count = 0;
  #closed = false;

  /** @param discard - called once for each session that nobody will be given. */
  constructor(now: () => number, discard: (session: S) => void) {
    this.now = now;
    this.#discard = discard;
  }

  /** What a far side has proved by this chain, whose verification has just ended well. */
  standing(chain: readonly X509Certificate[]): Standing {
    const ends = chain.map(({ validToDate }) => validToDate.getTime());
    return { chain, untilMs: Math.min(this.now() + STANDING_MS, ...ends) };
  }

  /** Holds a session for the next who comes to `place`, until its ticket or the far side's standing ends. */
  keep(place: string, resumable: Resumable<S>, ticketUntilMs: number): void {
    const sinceMs = this.now();
    const untilMs = Math.min(ticketUntilMs, resumable.standing.untilMs);
    if (this.#closed || untilMs <= sinceMs) {
      this.#discard(resumable.session);
      return;
    }
    const held = this.#places.get(place) ?? [];
    held.push({ ...resumable, sinceMs, untilMs });
    this.#count++;
    this.#places.delete(place);
    this.#places.set(place, held);
    if (held.length > HELD_PER_PLACE) this.#dropOldestOf(place, held);
    for (const [oldest, sessions] of this.#places) {
      if (this.#count <= HELD_IN_ALL) break;
      this.#dropOldestOf(oldest, sessions);
    }
  }

  /** The newest session for `place`, for whoever calls to discard; nobody else is given it. */
  take(place: string): Resumable<S> | undefined {
    const held = this.#places.get(place);
    if (held === undefined) return undefined;
    const nowMs = this.now();
    for (let newest = held.pop(); newest !== undefined; newest = held.pop()) {
      this.#count--;
      if (held.length === 0) this.#places.delete(place);
      // Before it was begun, too: a clock that was set back says nothing of its end.
      if (newest.sinceMs <= nowMs && nowMs < newest.untilMs) return newest;
      this.#discard(newest.session);
    }
    return undefined;
  }

  /** Holds nothing more for `place`, so that the next handshake there is a full one. */
  forget(place: string): void {
    const held = this.#places.get(place) ?? [];
    this.#places.delete(place);
    this.#count -= held.length;
    for (const { session } of held) this.#discard(session);
  }

  /** Holds nothing from here on. */
  close(): void {
    this.#closed = true;
    for (const place of [...this.#places.keys()]) this.forget(place);
  }

  #dropOldestOf(place: string, held: Held<S>[]): void {
    const oldest = held.shift();
    if (held.length === 0) this.#places.delete(place);
    if (oldest === undefined) return;
    this.#count--;
    this.#discard(oldest.session);
  }
}
