/**
 * Lets work on single keys go on side by side, and work on several keys only alone: what that has read stays true until it has written.
 *
 * Work that comes while others wait to be alone waits behind them, so that nobody waits for ever. It holds within one process only.
 */
export class Gate {
  #alone: Promise<unknown> = Promise.resolve();
  readonly #beside = new Set<Promise<unknown>>();

  /** Does `work` beside others of its sort. */
  beside<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#alone.then(work);
    const over = done.catch(() => {}).finally(() => this.#beside.delete(over));
    this.#beside.add(over);
    return done;
  }

  /** Does `work` once all that came before is over, and nothing else until it is over. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.all([this.#alone, ...this.#beside]).then(work);
    this.#alone = done.catch(() => {});
    return done;
  }
}
