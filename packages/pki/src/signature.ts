import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { PkiError } from "./errors.ts";
import { keyTypeOf } from "./keys.ts";

type Algorithm = { readonly oid: string; readonly type: "ec" | "rsa"; readonly hash: "sha256" | "sha384" | "sha512" };

/** The signatures that are made and accepted; SHA-1 and RSA-PSS are not among them, since nothing in a mesh makes them. */
const ALGORITHMS: readonly Algorithm[] = [
  { oid: "1.2.840.10045.4.3.2", type: "ec", hash: "sha256" },
  { oid: "1.2.840.10045.4.3.3", type: "ec", hash: "sha384" },
  { oid: "1.2.840.10045.4.3.4", type: "ec", hash: "sha512" },
  { oid: "1.2.840.113549.1.1.11", type: "rsa", hash: "sha256" },
  { oid: "1.2.840.113549.1.1.12", type: "rsa", hash: "sha384" },
  { oid: "1.2.840.113549.1.1.13", type: "rsa", hash: "sha512" },
];

/** An RSA algorithm carries an explicit NULL, an ECDSA one carries nothing (RFC 4055 section 5, RFC 5758 section 3.2). */
const NO_PARAMETERS = { ec: undefined, rsa: null } as const;

/** How a key signs: ECDSA or RSA with PKCS#1 v1.5 padding, with a hash as strong as the curve. */
export function signatureAlgorithmOf(key: KeyObject): AlgorithmIdentifier {
  const { type } = keyTypeOf(key);
  const hash = hashFor(key);
  const oid = ALGORITHMS.find((algorithm) => algorithm.type === type && algorithm.hash === hash)?.oid ?? "";
  const parameters = NO_PARAMETERS[type];
  return new AlgorithmIdentifier(parameters === undefined ? { algorithm: oid } : { algorithm: oid, parameters });
}

function hashFor(key: KeyObject): Algorithm["hash"] {
  const { type, bits } = keyTypeOf(key);
  if (type === "ec" && bits === 521) return "sha512";
  return type === "ec" && bits === 384 ? "sha384" : "sha256";
}

/** Signs DER with the algorithm that `signatureAlgorithmOf` names. */
export function signDer(der: ArrayBuffer, key: KeyObject): ArrayBuffer {
  return new Uint8Array(sign(hashFor(key), new Uint8Array(der), key)).buffer;
}

/** Says whether `signature` over `der` was made by the private key that belongs to `spki`, with an algorithm that is accepted. */
export function signatureHolds(
  der: ArrayBuffer,
  signature: ArrayBuffer,
  { algorithm }: AlgorithmIdentifier,
  publicKey: KeyObject,
): boolean {
  const known = ALGORITHMS.find(({ oid }) => oid === algorithm);
  if (known === undefined || known.type !== publicKey.asymmetricKeyType) return false;
  return verify(known.hash, new Uint8Array(der), publicKey, new Uint8Array(signature));
}

/** Reads a public key from its DER, as it stands in certificates and requests. */
export function readPublicKey(spki: ArrayBuffer, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch (cause) {
    throw new PkiError({ code: "UNREADABLE", what, reason: "its public key is malformed" }, { cause });
  }
  keyTypeOf(key);
  return key;
}
