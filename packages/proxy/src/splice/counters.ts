const STREAMED = 0;
const SPLICED = 1;
const NEXT_ID = 2;
const LISTINGS = 3;
const COUNTERS = 4;

/** Numbers that both threads know at every moment. */
export class Counters {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: BigInt64Array;

  /** @param shared - of the other thread; new ones begin at 0. */
  constructor(shared = new SharedArrayBuffer(COUNTERS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#numbers = new BigInt64Array(shared);
  }

  /** A number for a connection that no other has. */
  nextId(): number {
    return Number(Atomics.add(this.#numbers, NEXT_ID, 1n)) + 1;
  }

  /** Connections that are open, in both engines. */
  get open(): number {
    return Number(Atomics.load(this.#numbers, STREAMED)) + this.spliced;
  }

  /** Connections that are open in the worker. */
  get spliced(): number {
    return Number(Atomics.load(this.#numbers, SPLICED));
  }

  /** Counts connections of Node's sockets that were opened, or closed with a negative number. */
  addStreamed(by: 1 | -1): void {
    Atomics.add(this.#numbers, STREAMED, BigInt(by));
  }

  /** Counts connections of the worker that were opened, or closed with a negative number. */
  addSpliced(by: 1 | -1): void {
    Atomics.add(this.#numbers, SPLICED, BigInt(by));
  }

  /** Says that open connections have been listed. */
  listed(): void {
    Atomics.add(this.#numbers, LISTINGS, 1n);
    Atomics.notify(this.#numbers, LISTINGS);
  }

  /** Has `ask` ask for a listing and blocks this thread until there is one, for at most so long. */
  awaitListing(ask: () => void, timeoutMs: number): void {
    const before = Atomics.load(this.#numbers, LISTINGS);
    ask();
    Atomics.wait(this.#numbers, LISTINGS, before, timeoutMs);
  }
}
