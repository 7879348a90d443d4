import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generate,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import { colonHex } from "./colon-hex.ts";
import { PkiError } from "./errors.ts";

/** The kinds of key that Consul knows. */
export type KeyType =
  | { readonly type: "ec"; readonly bits: 224 | 256 | 384 | 521 }
  | { readonly type: "rsa"; readonly bits: 2048 | 4096 };

/** A private key and what goes with it. */
export type KeyPair = {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SEC1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), as Consul gives it. */
  readonly privateKeyPem: string;
};

/** What a key is unless asked otherwise. */
export const DEFAULT_KEY_TYPE: KeyType = { type: "ec", bits: 256 };

const CURVES = { 224: "secp224r1", 256: "prime256v1", 384: "secp384r1", 521: "secp521r1" } as const;

const generateAsync = promisify(generate);

/**
 * Makes a new key. An RSA key takes up to seconds, on another thread.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca#common-ca-config-options
 */
export async function generateKeyPair(keyType: KeyType = DEFAULT_KEY_TYPE): Promise<KeyPair> {
  const { privateKey } =
    keyType.type === "ec"
      ? await generateAsync("ec", { namedCurve: CURVES[keyType.bits] })
      : await generateAsync("rsa", { modulusLength: keyType.bits });
  return keyPairOf(privateKey);
}

/**
 * Reads a private key from PEM, whichever of the usual forms it is in.
 *
 * @throws PkiError UNREADABLE, or UNSUPPORTED_KEY when it is of no kind that Consul knows.
 */
export function readPrivateKey(pem: string): KeyPair {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    const reason = "not a private key in PEM, or encrypted";
    throw new PkiError({ code: "UNREADABLE", what: "private key", reason }, { cause });
  }
  keyTypeOf(privateKey);
  return keyPairOf(privateKey);
}

function keyPairOf(privateKey: KeyObject): KeyPair {
  const type = privateKey.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  const pem = privateKey.export({ type, format: "pem" });
  return { privateKey, publicKey: createPublicKey(privateKey), privateKeyPem: pem.toString() };
}

/**
 * The kind of a private or public key.
 *
 * @throws PkiError UNSUPPORTED_KEY when Consul knows no such kind.
 */
export function keyTypeOf(key: KeyObject): KeyType {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  for (const bits of [224, 256, 384, 521] as const) {
    if (key.asymmetricKeyType === "ec" && namedCurve === CURVES[bits]) return { type: "ec", bits };
  }
  if (key.asymmetricKeyType === "rsa" && (modulusLength === 2048 || modulusLength === 4096)) {
    return { type: "rsa", bits: modulusLength };
  }
  const found = [key.asymmetricKeyType ?? "unknown", namedCurve ?? modulusLength ?? ""].join(" ").trim();
  throw new PkiError({ code: "UNSUPPORTED_KEY", found });
}

/** The identifier of a key's public part, 32 bytes: what certificates name their own key and their issuer's key by. */
export function keyIdBytes(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** The identifier of a key in Consul's form, colon-separated hexadecimal: the SigningKeyID of a root that has this key. */
export function keyId(key: KeyObject): string {
  return colonHex(keyIdBytes(key));
}
