/** Something that is to happen after a time. */
export type Deadline = { readonly atMs: number; readonly work: () => void; readonly among: Set<Deadline> };

/**
 * What is to happen later. Deadlines that were set for the same length of time come in the order in which they were set, so that a queue
 * for each length is enough: setting and lifting one costs the same however many there are.
 */
export class Deadlines {
  readonly #byLength = new Map<number, Set<Deadline>>();

  /** Has `work` done `afterMs` from `nowMs`. */
  set(nowMs: number, afterMs: number, work: () => void): Deadline {
    let among = this.#byLength.get(afterMs);
    if (among === undefined) {
      among = new Set();
      this.#byLength.set(afterMs, among);
    }
    const deadline = { atMs: nowMs + afterMs, work, among };
    among.add(deadline);
    return deadline;
  }

  /** Does what is due. */
  run(nowMs: number): void {
    for (const [length, among] of this.#byLength) {
      for (const deadline of among) {
        if (deadline.atMs > nowMs) break;
        among.delete(deadline);
        deadline.work();
      }
      if (among.size === 0) this.#byLength.delete(length);
    }
  }

  /** Time until the next is due, `atMostMs` when none is before that. */
  next(nowMs: number, atMostMs: number): number {
    let next = atMostMs;
    for (const among of this.#byLength.values()) {
      for (const { atMs } of among) {
        next = Math.min(next, atMs - nowMs);
        break;
      }
    }
    return Math.max(0, Math.ceil(next));
  }
}

/** Keeps a deadline from coming; does nothing when it has come. */
export function lift(deadline: Deadline | undefined): void {
  deadline?.among.delete(deadline);
}
