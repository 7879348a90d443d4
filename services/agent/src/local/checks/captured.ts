/** The end of an output that may be very long: no more than `maxBytes` of it are ever kept. */
export class Captured {
  readonly #maxBytes: number;
  #kept: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that have come, those that were not kept included. */
  get totalBytes(): number {
    return this.#total;
  }

  add(part: Buffer): void {
    this.#total += part.length;
    const joined = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part]);
    this.#kept = joined.subarray(Math.max(0, joined.length - this.#maxBytes));
  }

  /** What was kept. */
  get text(): string {
    return this.#kept.toString();
  }

  /** What was kept, with a line that tells how much is missing, if any is. */
  get toldText(): string {
    const { length } = this.#kept;
    return this.#total > length ? `Captured ${length} of ${this.#total} bytes\n...\n${this.text}` : this.text;
  }
}
