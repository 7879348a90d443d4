import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { PkiError } from "./errors.ts";

/** A key that keys are kept under. */
export type SealKey = {
  /** 32 bytes; never logged, never sent. */
  readonly bytes: Uint8Array;
  /** Names the key without telling anything of it: 16 hexadecimal digits. */
  readonly id: string;
};

export const SEAL_KEY_BYTES = 32;

// Sealed: version (1 byte) | key id (8) | nonce (12) | tag (16) | ciphertext. Version and key id are authenticated, not encrypted.
const VERSION = 1;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES;
const TEXT_AT = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

/** A seal key of these 32 bytes. */
export function sealKeyOf(bytes: Uint8Array): SealKey {
  return {
    bytes,
    id: createHash("sha256")
      .update("seal key id")
      .update(bytes)
      .digest("hex")
      .slice(0, 2 * ID_BYTES),
  };
}

/** A new seal key. */
export function createSealKey(): SealKey {
  return sealKeyOf(randomBytes(SEAL_KEY_BYTES));
}

/**
 * Encrypts `plaintext` so that only `key` opens it and a change is noticed, in base64.
 *
 * `purpose` says what it is (the ID of the root whose key it is, say); it must be said again to open it, so that one sealed thing cannot
 * be passed off for another.
 *
 * @see NIST SP 800-38D (AES-GCM)
 */
export function seal(plaintext: string, key: SealKey, purpose: string): string {
  const head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(key.id, "hex")]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(head, purpose));
  const text = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), text]).toString("base64");
}

/**
 * Opens what `seal` made.
 *
 * @throws PkiError UNSEAL_FAILED when it was sealed under another key or for another purpose, or has been changed.
 */
export function unseal(sealed: string, key: SealKey, purpose: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const head = readHead(bytes);
  if (head.keyId !== key.id) throw failed(`it was sealed with key ${head.keyId}, but the key here is ${key.id}`);
  const nonce = bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(bytes.subarray(0, HEAD_BYTES), purpose));
  decipher.setAuthTag(bytes.subarray(HEAD_BYTES + NONCE_BYTES, TEXT_AT));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(TEXT_AT)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw failed(`it has been changed, or is not for ${purpose}`, { cause });
  }
}

/** The id of the key that something was sealed with, so that the right one of several can be chosen. */
export function sealedWith(sealed: string): string {
  return readHead(Buffer.from(sealed, "base64")).keyId;
}

function readHead(bytes: Buffer): { readonly keyId: string } {
  if (bytes.length < TEXT_AT) throw failed("it is too short");
  if (bytes[0] !== VERSION) throw failed(`its format is version ${bytes[0]}, and only ${VERSION} is known`);
  return { keyId: bytes.subarray(1, HEAD_BYTES).toString("hex") };
}

function authenticated(head: Uint8Array, purpose: string): Buffer {
  return Buffer.concat([head, Buffer.from(purpose, "utf8")]);
}

function failed(reason: string, options?: ErrorOptions): PkiError {
  return new PkiError({ code: "UNSEAL_FAILED", reason }, options);
}
