const text = (bytes: string): Buffer => Buffer.from(bytes, "latin1");
const hex = (bytes: string): Buffer => Buffer.from(bytes, "hex");

/** Bytes by how many bits their codes have. The codes of one length are consecutive, in this order. @see RFC 7541 appendix B */
const BYTES_BY_BITS: readonly (readonly [bits: number, bytes: Buffer])[] = [
  [5, text("012aceiost")],
  [6, text(" %-./3456789=A_bdfghlmnpru")],
  [7, text(":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz")],
  [8, text("&*,;XZ")],
  [10, text('!"()?')],
  [11, text("'+|")],
  [12, text("#>")],
  [13, text("\0$@[]~")],
  [14, text("^}")],
  [15, text("<`{")],
  [19, hex("5cc3d0")],
  [20, hex("808283a2b8c2e0e2")],
  [21, hex("99a1a7acb0b1b3d1d8d9e3e5e6")],
  [22, hex("8184858688929a9ca0a3a4a9aaadb2b5b9babbbdbec4c6e4e8e9")],
  [23, hex("0187898a8b8c8d8f93959697989b9d9ea5a6a8aeafb4b6b7bcbfc5e7ef")],
  [24, hex("098e9091949fabced7e1eced")],
  [25, hex("c7cfeaeb")],
  [26, hex("c0c1c8c9cacdd2d5dadbeef0f2f3ff")],
  [27, hex("cbccd3d4d6dddedff1f4f5f6f7f8fafbfcfdfe")],
  [28, hex("020304050607080b0c0e0f1011121314151718191a1b1c1d1e1f7fdcf9")],
  // One more has 30 bits: the end of a string, which may not be in any.
  [30, hex("0a0d16")],
];

const SHORTEST_BITS = 5;
const LONGEST_BITS = 30;

type Codes = { readonly first: number; readonly bytes: Buffer };

/** The codes of each length. */
const CODES: readonly Codes[] = codesByBits();

function codesByBits(): readonly Codes[] {
  const codes: Codes[] = Array.from({ length: LONGEST_BITS + 1 }, () => ({ first: 0, bytes: Buffer.alloc(0) }));
  let next = 0;
  let before = 0;
  for (const [bits, bytes] of BYTES_BY_BITS) {
    const first = next << (bits - before);
    codes[bits] = { first, bytes };
    next = first + bytes.length;
    before = bits;
  }
  return codes;
}

/**
 * The string of a header field that was compressed by HPACK's Huffman code, each byte a character; undefined when it is none.
 *
 * @see RFC 7541 section 5.2
 */
export function decodeHuffman(compressed: Uint8Array): string | undefined {
  const decoded = Buffer.allocUnsafe(Math.floor((compressed.length * 8) / SHORTEST_BITS));
  let count = 0;
  let code = 0;
  let bits = 0;
  for (const byte of compressed) {
    for (let shift = 7; shift >= 0; shift--) {
      code = (code << 1) | ((byte >> shift) & 1);
      bits += 1;
      const { first = 0, bytes } = CODES[bits] ?? {};
      const found = bytes?.[code - first];
      if (found !== undefined) {
        decoded[count] = found;
        count += 1;
        code = 0;
        bits = 0;
      } else if (bits === LONGEST_BITS) return undefined;
    }
  }
  // What fills the last byte is the beginning of the end of a string: ones.
  const isPadding = bits < 8 && code === (1 << bits) - 1;
  return isPadding ? decoded.toString("latin1", 0, count) : undefined;
}
