/** Whoever waits for something to become true. */
export class Waiters {
  readonly #waiting = new Set<{ readonly reached: () => boolean; readonly resolve: () => void }>();

  /** Resolves when `reached` is true, at once if it is; throws what `late` gives when that takes longer than `timeoutMs`. */
  async until(reached: () => boolean, timeoutMs: number, late: () => Error): Promise<void> {
    if (reached()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { reached, resolve };
    const timer = setTimeout(() => reject(late()), timeoutMs).unref();
    this.#waiting.add(waiter);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    }
  }

  /** Looks at everybody again: something has changed. */
  wake(): void {
    for (const { reached, resolve } of this.#waiting) if (reached()) resolve();
  }
}
