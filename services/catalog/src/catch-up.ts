/** How far a bucket has been written, and a copy that can be waited for. */
export type CatchUpParts = {
  /** Asks the server for the revision of the bucket's last entry. */
  readonly lastRevision: () => Promise<number>;
  readonly mirror: { readonly reach: (revision: number) => Promise<void> };
};

/**
 * Lets a writer wait until its mirror holds all that was acknowledged, by whichever replica, before it was asked to write.
 *
 * Who asks while the server is being asked already waits for the next answer, together with all others who do: that answer is the first
 * that is known to be new enough. So a hundred requests at a time cost two questions.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  #underWay: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Resolves when the mirror is that new. Rejects as `reach` does, or when the server cannot be asked. */
  toNow(): Promise<void> {
    if (this.#underWay === undefined) return this.#ask();
    this.#next ??= this.#underWay
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#ask();
      });
    return this.#next;
  }

  #ask(): Promise<void> {
    const { lastRevision, mirror } = this.#parts;
    const underWay = lastRevision()
      .then((revision) => mirror.reach(revision))
      .finally(() => {
        this.#underWay = undefined;
      });
    this.#underWay = underWay;
    return underWay;
  }
}
