import { createPrivateKey, webcrypto } from "node:crypto";

/** What kind of key a certificate gets. */
export type KeyAlgorithm = "EC P-256" | "RSA 2048";

const PARAMETERS = {
  "EC P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "RSA 2048": {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
} as const;

/** Makes a key pair of the kind asked for. */
export function generateKeys(algorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(PARAMETERS[algorithm], true, ["sign", "verify"]);
}

/** The private key as PKCS #8 in PEM. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** Reads a private key in PEM, P-256 or RSA, as one that can sign. */
export function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const der = key.export({ format: "der", type: "pkcs8" });
  const algorithm: KeyAlgorithm = key.asymmetricKeyType === "rsa" ? "RSA 2048" : "EC P-256";
  return webcrypto.subtle.importKey("pkcs8", der, PARAMETERS[algorithm], true, ["sign"]);
}
