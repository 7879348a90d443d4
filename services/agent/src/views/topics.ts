/**
 * What readers can wait for, and when each of it last changed.
 *
 * A topic is a name such as `service:web`; a view reports on which topics a change bears, so that it wakes only those that it
 * concerns. Indexes are revisions of the bucket behind the view, and never go backwards: a topic that nothing is left of is
 * forgotten, and from then on counts as changed when the last such topic was.
 */
export class Topics {
  readonly #changedAt = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #forgottenAt = 1;
  #version = 0;
  #waiting = 0;
  #closed = false;

  /** True when nobody shall wait any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many changes have been reported: as long as it stays the same, so does every answer. */
  get version(): number {
    return this.#version;
  }

  /** How many are waiting, on one topic or several. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The index up to which an answer about `topics` is known; at least 1. */
  index(topics: Iterable<string>): number {
    let index = this.#forgottenAt;
    for (const topic of topics) {
      const changedAt = this.#changedAt.get(topic);
      if (changedAt !== undefined && changedAt > index) index = changedAt;
    }
    return index;
  }

  /** Reports that `topic` has changed, and wakes who waits for it. */
  changed(topic: string, revision: number): void {
    this.#changedAt.set(topic, Math.max(revision, this.#changedAt.get(topic) ?? 0));
    this.#wake(topic);
  }

  /** Reports that the last record of `topic` is gone: it is forgotten, so that names that come and go do not pile up. */
  gone(topic: string, revision: number): void {
    this.#changedAt.delete(topic);
    this.#forgottenAt = Math.max(this.#forgottenAt, revision);
    this.#wake(topic);
  }

  /** Makes every index at least `revision`: what happened before it may not have been seen one by one. Wakes nobody. */
  startFrom(revision: number): void {
    this.#forgottenAt = Math.max(this.#forgottenAt, revision);
  }

  /** Reports that `topic`, whose index somebody else counts, has changed: wakes who waits for it. */
  touch(topic: string): void {
    this.#wake(topic);
  }

  /** Calls `wake` at each change of one of `topics`, until the function that comes back is called, once. */
  subscribe(topics: Iterable<string>, wake: () => void): () => void {
    const entered = [...topics];
    this.#waiting++;
    for (const topic of entered) {
      const listeners = this.#listeners.get(topic);
      if (listeners === undefined) this.#listeners.set(topic, new Set([wake]));
      else listeners.add(wake);
    }
    return () => {
      this.#waiting--;
      for (const topic of entered) this.#leave(topic, wake);
    };
  }

  /** Wakes everyone for good, so that a server can end without waiting for long polls. */
  close(): void {
    this.#closed = true;
    for (const topic of this.#listeners.keys()) this.#wake(topic);
  }

  #wake(topic: string): void {
    this.#version++;
    const listeners = this.#listeners.get(topic);
    if (listeners === undefined) return;
    // A copy: whoever is woken leaves, and a set that is changed while it is walked may be walked for ever.
    for (const wake of [...listeners]) wake();
  }

  #leave(topic: string, wake: () => void): void {
    const listeners = this.#listeners.get(topic);
    if (listeners === undefined) return;
    listeners.delete(wake);
    if (listeners.size === 0) this.#listeners.delete(topic);
  }
}
