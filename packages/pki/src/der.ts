/** One value of DER: its tag, and where its content is. */
export type DerValue = { readonly tag: number; readonly content: Uint8Array };

/** Tags as they stand in the first byte; those in brackets are numbered by the structure that they are in. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** `[n]`, constructed. */
  context: (n: number) => 0xa0 + n,
  /** `[n]`, primitive. */
  contextPrimitive: (n: number) => 0x80 + n,
} as const;

/** Goes through the values of DER one after the other, without copying. It throws a RangeError where they are malformed. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether there is another value. */
  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** The next value, whatever it is. */
  next(): DerValue {
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new RangeError("a tag of more than one byte");
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a value runs past its end");
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag, content };
  }

  /** The content of the next value, which must be of this kind. */
  take(tag: number): Uint8Array {
    const found = this.next();
    if (found.tag !== tag) throw new RangeError(`tag ${found.tag} where ${tag} should be`);
    return found.content;
  }

  /** Steps over the next value if it is of this kind. */
  skip(tag: number): void {
    if (this.#bytes[this.#at] === tag) this.next();
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const bytes = first & 0x7f;
    // Four bytes count further than any certificate is long; none at all is the indefinite form, which DER has not.
    if (bytes === 0 || bytes > 4) throw new RangeError("a length that DER has not");
    let length = 0;
    for (let i = 0; i < bytes; i++) length = length * 256 + this.#byte();
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("the bytes end too soon");
    return byte;
  }
}
