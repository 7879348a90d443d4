/** So many beats in a row that are missed: a busy machine may miss some. */
export const MISSED_BEATS = 5;

/** What share of those that are judged may fall silent at once before the bus, and not they, is thought to be the reason. */
const SUSPECT_SHARE = 1 / 4;

/** How long silence may be. */
export type LivenessOptions = {
  readonly nowMs: number;
  /** Of agents that have had no chance to be heard yet, and of many at once. */
  readonly graceMs: number;
};

type Heard = { readonly atMs: number; readonly allowedMs: number };

/**
 * Which agents have been silent for too long, by the beats that have been heard; agents are known by their node's UUID.
 *
 * Only time in which this process listened counts. Whoever has not been heard since it began to listen, or began anew, has `graceMs`; and
 * is not judged at all by one that has never heard anybody, since then the beats do not get here.
 */
export class Liveness {
  readonly #graceMs: number;
  readonly #heard = new Map<string, Heard>();
  #listeningSinceMs: number;
  #anybody = false;

  constructor({ nowMs, graceMs }: LivenessOptions) {
    this.#graceMs = graceMs;
    this.#listeningSinceMs = nowMs;
  }

  /** Notes a beat, of an agent that will beat again after `intervalMs`. */
  heard(id: string, intervalMs: number, nowMs: number): void {
    this.#anybody = true;
    this.#heard.set(id.toLowerCase(), { atMs: nowMs, allowedMs: MISSED_BEATS * intervalMs });
  }

  /** Begins anew: beats may have been missed that were sent. */
  listenAnew(nowMs: number): void {
    this.#listeningSinceMs = nowMs;
  }

  /** Leaves out a time in which this process did nothing, and so heard nothing. */
  skip(ms: number): void {
    this.#listeningSinceMs += ms;
    for (const [id, { atMs, allowedMs }] of this.#heard) this.#heard.set(id, { atMs: atMs + ms, allowedMs });
  }

  /** Those of `ids` that have been silent for too long. */
  silent(ids: readonly string[], nowMs: number): readonly string[] {
    this.#forgetAllBut(ids, nowMs);
    if (!this.#anybody) return [];
    const silent = ids.filter((id) => this.#overdueMs(id, nowMs) > 0);
    const lone = silent.length === 1 || silent.length < SUSPECT_SHARE * ids.length;
    return lone ? silent : silent.filter((id) => nowMs - this.#lastMs(id) > this.#graceMs);
  }

  /** How much longer than it may an agent has been silent; up to 0 while it is in time. */
  #overdueMs(id: string, nowMs: number): number {
    const heard = this.#heard.get(id.toLowerCase());
    const fresh = heard !== undefined && heard.atMs >= this.#listeningSinceMs;
    const allowedMs = fresh ? heard.allowedMs : Math.max(this.#graceMs, heard?.allowedMs ?? 0);
    return nowMs - this.#lastMs(id) - allowedMs;
  }

  #lastMs(id: string): number {
    return Math.max(this.#heard.get(id.toLowerCase())?.atMs ?? 0, this.#listeningSinceMs);
  }

  /** Of who is no agent any more nothing needs to be known; one that beats before it is in the catalog is kept for a while. */
  #forgetAllBut(ids: readonly string[], nowMs: number): void {
    if (this.#heard.size <= ids.length) return;
    const known = new Set(ids.map((id) => id.toLowerCase()));
    for (const id of this.#heard.keys()) {
      if (!known.has(id) && this.#overdueMs(id, nowMs) > this.#graceMs) this.#heard.delete(id);
    }
  }
}
