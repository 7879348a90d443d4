import { hkdfSync } from "node:crypto";
import type { TlsLimits } from "@causeway/routes";
import type { Leaf, Roots } from "../identities.ts";

/** The keys of OpenSSL's tickets, and the context in which sessions count. */
export type TicketKeys = {
  /** A name of 16 bytes, a key of 32 for HMAC and one of 32 for AES. */
  readonly keys: Uint8Array;
  readonly sessionContext: Uint8Array;
};

const KEYS_BYTES = 80;
const CONTEXT_BYTES = 32;

/**
 * Derives the keys of tickets from a secret, the leaf, the roots and the limits: with any of them the keys change, so that a session is never
 * resumed under others than it was begun under. All workers that have the secret derive the same.
 *
 * @see RFC 5869
 */
export function ticketKeys(secret: Uint8Array, leaf: Leaf, roots: Roots, limits: TlsLimits | undefined): TicketKeys {
  const under = JSON.stringify([leaf.certificatePem, roots.trustDomain, roots.version, roots.certificatesPem, limits]);
  const derived = new Uint8Array(hkdfSync("sha256", secret, under, "causeway tickets", KEYS_BYTES + CONTEXT_BYTES));
  return { keys: derived.subarray(0, KEYS_BYTES), sessionContext: derived.subarray(KEYS_BYTES) };
}
