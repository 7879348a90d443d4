import { decodeHuffman } from "./huffman.ts";

/** Bytes of an integer after its first: enough for 28 bits, which is more than anything here may be. */
const MAX_MORE_BYTES = 4;

/**
 * Reads the integers and strings of a header block. The first problem met is kept, and every later reading gives nothing.
 *
 * @see RFC 7541 section 5
 */
export class HpackCursor {
  readonly #block: Buffer;
  #at = 0;
  #problem: string | undefined;

  constructor(block: Buffer) {
    this.#block = block;
  }

  /** The first problem met. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The next byte, which stays the next; undefined at the end and when something has gone wrong. */
  get next(): number | undefined {
    return this.#problem === undefined ? this.#block[this.#at] : undefined;
  }

  /** Records that what was read cannot be followed. */
  fail(problem: string): void {
    this.#problem ??= problem;
  }

  /** The integer that begins with the last `bits` of the next byte. */
  integer(bits: number): number {
    const most = (1 << bits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let more = 0; more < MAX_MORE_BYTES; more++) {
      const byte = this.#byte();
      value += (byte & 0x7f) << (7 * more);
      if (byte < 0x80) return value;
    }
    this.fail("an integer in a head that is too large");
    return 0;
  }

  /** The string that begins here. */
  string(): string {
    const isCompressed = ((this.next ?? 0) & 0x80) !== 0;
    const length = this.integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) this.fail("a string that is longer than its head");
    if (this.#problem !== undefined) return "";
    const bytes = this.#block.subarray(this.#at, end);
    this.#at = end;
    const string = isCompressed ? decodeHuffman(bytes) : bytes.toString("latin1");
    if (string === undefined) this.fail("a string in a head that cannot be decompressed");
    return string ?? "";
  }

  #byte(): number {
    const byte = this.next;
    if (byte === undefined) this.fail("a head that is cut off");
    this.#at += 1;
    return byte ?? 0;
  }
}
