import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** RFC 4648, without padding. */
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A seed has two bytes before the key, and every text two after it. */
const SEED_PREFIX_BYTES = 2;
const KEY_BYTES = 32;

/** Makes a public key begin with "U", for user. */
const USER_PREFIX = 20 << 3;

/** What stands before the 32 bytes of an Ed25519 key. @see https://www.rfc-editor.org/rfc/rfc8410#section-7 */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A user of the bus: how NATS names it, and what it signs. */
export type UserKey = {
  readonly publicKey: string;
  /** Signs what the server asks a client to sign, in base64. */
  readonly sign: (nonce: string) => string;
};

/**
 * The key of a user's seed.
 *
 * `fromSeed` of the NATS project's library gives the same, but calculates in JavaScript: that was a seventh of the start of each service,
 * and for a dozen users half of the start of `causeway agent`.
 *
 * @see https://github.com/nats-io/nkeys
 */
export function userKeyOf(seed: string): UserKey {
  const raw = fromBase32(seed.trim()).subarray(SEED_PREFIX_BYTES, SEED_PREFIX_BYTES + KEY_BYTES);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: "der", type: "pkcs8" });
  return { publicKey: publicKeyOf(key), sign: (nonce) => sign(null, Buffer.from(nonce), key).toString("base64") };
}

function publicKeyOf(key: KeyObject): string {
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  const bytes = Buffer.concat([Buffer.of(USER_PREFIX), Buffer.from(x, "base64url")]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(bytes));
  return toBase32(Buffer.concat([bytes, checksum]));
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
}
