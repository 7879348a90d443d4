const STREAMED = 0;
const SPLICED = 1;
const LISTINGS = 2;
const ID_BLOCKS = 3;
const COUNTERS = 4;

/** A thread takes so many ids at once, so that it need not agree with the others on each. */
const IDS_PER_BLOCK = 1_024;

/** Numbers that all threads know at every moment. */
export class Counters {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  #nextId = 0;
  #idsEnd = 0;

  /** @param shared - of the other thread; new ones begin at 0. */
  constructor(shared = new SharedArrayBuffer(COUNTERS * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#numbers = new Int32Array(shared);
  }

  /** A number for a connection that no other has; those of one thread rise, until 2,000 milliards have been given. */
  nextId(): number {
    if (this.#nextId === this.#idsEnd) {
      this.#nextId = (Atomics.add(this.#numbers, ID_BLOCKS, 1) >>> 0) * IDS_PER_BLOCK;
      this.#idsEnd = this.#nextId + IDS_PER_BLOCK;
    }
    this.#nextId += 1;
    return this.#nextId;
  }

  /** Connections that are open, in both engines. */
  get open(): number {
    return Atomics.load(this.#numbers, STREAMED) + this.spliced;
  }

  /** Connections that are open in the workers. */
  get spliced(): number {
    return Atomics.load(this.#numbers, SPLICED);
  }

  /** Counts connections of Node's sockets that were opened, or closed with a negative number. */
  addStreamed(by: 1 | -1): void {
    Atomics.add(this.#numbers, STREAMED, by);
  }

  /** Counts connections of a worker that were opened, or closed with a negative number. */
  addSpliced(by: 1 | -1): void {
    Atomics.add(this.#numbers, SPLICED, by);
  }

  /** Says that open connections have been listed by one worker. */
  listed(): void {
    Atomics.add(this.#numbers, LISTINGS, 1);
    Atomics.notify(this.#numbers, LISTINGS);
  }

  /** Has `ask` ask so many workers for a listing and blocks this thread until there are as many, for at most so long. */
  awaitListings(ask: () => void, count: number, timeoutMs: number): void {
    const before = Atomics.load(this.#numbers, LISTINGS);
    const deadlineMs = performance.now() + timeoutMs;
    ask();
    for (let done = 0; done < count && performance.now() < deadlineMs; ) {
      Atomics.wait(this.#numbers, LISTINGS, before + done, Math.max(0, deadlineMs - performance.now()));
      done = Atomics.load(this.#numbers, LISTINGS) - before;
    }
  }
}
