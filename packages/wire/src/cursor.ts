/** Why a reading could not go on: the bytes ended too soon, or they contradict themselves. */
type Problem = { kind: "short" } | { kind: "malformed"; reason: string };

/**
 * Reads numbers and vectors from bytes of which the rest may still be on its way.
 *
 * `limit` says where the structure ends by its own account, which may lie beyond what has arrived. The first problem met is kept and
 * every later reading gives nothing, so that a parser is straight-line code which asks once, at the end.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #state: { problem?: Problem };
  readonly #limit: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, limit: number, state: { problem?: Problem } = {}) {
    this.#bytes = bytes;
    this.#at = at;
    this.#limit = limit;
    this.#state = state;
  }

  /** The first problem met, by this cursor or by one that it gave out. */
  get problem(): Problem | undefined {
    return this.#state.problem;
  }

  /** True while there is something left to read and nothing has gone wrong. */
  get more(): boolean {
    return this.#state.problem === undefined && this.#at < this.#limit;
  }

  /** Records that what was read contradicts the protocol. */
  fail(reason: string): void {
    this.#state.problem ??= { kind: "malformed", reason };
  }

  uint8(what: string): number {
    return this.#has(1, what) ? this.#byte() : 0;
  }

  uint16(what: string): number {
    return this.#has(2, what) ? this.#byte() * 256 + this.#byte() : 0;
  }

  /** The next `length` bytes, or none when they are not all there. */
  take(length: number, what: string): Uint8Array {
    if (!this.#has(length, what)) return NOTHING;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A copy of the next `length` bytes, or none when they are not all there. */
  copy(length: number, what: string): Uint8Array {
    if (!this.#has(length, what)) return NOTHING;
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.#byte();
    return copy;
  }

  /** Steps over the vector that begins here with a length of one or two bytes. */
  skip(lengthBytes: 1 | 2, what: string): void {
    const length = lengthBytes === 1 ? this.uint8(what) : this.uint16(what);
    if (this.#at + length > this.#limit) this.fail(`${what} runs past its end`);
    else this.#at += length;
  }

  /** The vector that begins here with a length of one or two bytes; this cursor goes on behind it. */
  vector(lengthBytes: 1 | 2, what: string): Cursor {
    const length = lengthBytes === 1 ? this.uint8(what) : this.uint16(what);
    const start = this.#at;
    if (start + length > this.#limit) this.fail(`${what} runs past its end`);
    else this.#at = start + length;
    return new Cursor(this.#bytes, start, start + length, this.#state);
  }

  /** How many bytes are left up to the limit. */
  get left(): number {
    return this.#limit - this.#at;
  }

  /** Everything up to the limit. */
  rest(what: string): Uint8Array {
    return this.take(this.left, what);
  }

  /** Whether so many bytes are there; if not, that is the problem from here on. */
  #has(length: number, what: string): boolean {
    if (this.#state.problem !== undefined) return false;
    const end = this.#at + length;
    if (end > this.#limit) this.fail(`${what} runs past its end`);
    else if (end > this.#bytes.length) this.#state.problem = { kind: "short" };
    else return true;
    return false;
  }

  /** The next byte, which is there. */
  #byte(): number {
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }
}

const NOTHING = new Uint8Array(0);
