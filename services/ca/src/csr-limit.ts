/** How long a request may be made to wait for its turn. */
const LONGEST_WAIT_MS = 500;

/**
 * Spaces signing requests evenly, so that a rotation of the root, when every service asks at once, does not stop everything else.
 *
 * It has no clock: whoever asks says when it is, and waits.
 */
export class CsrLimit {
  /** When the next turn is. */
  #nextMs = 0;

  /**
   * How long to wait for a turn, in milliseconds, at most 500; undefined when that is too long, and then no turn is taken. With
   * `perSecond` 0 nobody waits.
   */
  take(perSecond: number, nowMs: number): number | undefined {
    if (perSecond === 0) return 0;
    const turnMs = Math.max(this.#nextMs, nowMs);
    const waitMs = turnMs - nowMs;
    if (waitMs > LONGEST_WAIT_MS) return undefined;
    this.#nextMs = turnMs + 1_000 / perSecond;
    return waitMs;
  }
}
