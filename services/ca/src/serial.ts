import { randomBytes } from "node:crypto";

/** Long enough that two leaves of one root never meet, and short enough for RFC 5280 (20 bytes with the sign). */
const LEAF_SERIAL_BYTES = 16;

/** Short enough to be a number in JSON, exactly: that is how a root's is told. */
const ROOT_SERIAL_BYTES = 6;

/** A new serial number for a leaf: random, so that replicas need not agree on a count. */
export function leafSerial(): bigint {
  return serialOf(LEAF_SERIAL_BYTES);
}

/** A new serial number for a root or a cross-signed certificate. */
export function rootSerial(): bigint {
  return serialOf(ROOT_SERIAL_BYTES);
}

function serialOf(bytes: number): bigint {
  const serial = BigInt(`0x${randomBytes(bytes).toString("hex")}`);
  // Zero is no legal serial number.
  return serial === 0n ? 1n : serial;
}
