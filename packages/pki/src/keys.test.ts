import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKeyPair, type KeyType, keyId, keyTypeOf, readPrivateKey } from "./keys.ts";

const KEY_TYPES: readonly KeyType[] = [
  { type: "ec", bits: 224 },
  { type: "ec", bits: 256 },
  { type: "ec", bits: 384 },
  { type: "ec", bits: 521 },
  { type: "rsa", bits: 2048 },
  { type: "rsa", bits: 4096 },
];

/** A key that a real Consul was once given as PrivateKey. */
const CONSUL_KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJyCShf4o41icMuZTtuihU8Jm8mHqDQ1mQqETupQSaOsoAoGCCqGSM49
AwEHoUQDQgAEXvnFYcBjy33B7o59DjRRFw7GFNt9yHXipB16/W+Ptzs2Grx76Ekq
neelFgPO8rC1eWRssOPWQrEb391mkLWZoQ==
-----END EC PRIVATE KEY-----
`;

describe("generateKeyPair", () => {
  for (const keyType of KEY_TYPES) {
    const label = keyType.type === "ec" ? "EC PRIVATE KEY" : "RSA PRIVATE KEY";
    test(`makes ${keyType.type} ${keyType.bits} in ${label} form, which reads back as the same key`, async () => {
      const pair = await generateKeyPair(keyType);
      expect(pair.privateKeyPem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n[^]*-----END ${label}-----\n$`));
      const again = readPrivateKey(pair.privateKeyPem);
      expect(again.publicKey.equals(pair.publicKey)).toBe(true);
      expect(keyTypeOf(again.privateKey)).toEqual(keyType);
      expect(keyTypeOf(again.publicKey)).toEqual(keyType);
    });
  }
});

describe("readPrivateKey", () => {
  test("reads a key of Consul's and writes it as it was", () => {
    expect(readPrivateKey(CONSUL_KEY).privateKeyPem).toBe(CONSUL_KEY);
  });

  test("reads PKCS#8 and gives Consul's form back", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(readPrivateKey(pkcs8).privateKeyPem).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
  });

  const refused = [
    { name: "an Ed25519 key", pem: () => pkcs8(generateKeyPairSync("ed25519").privateKey), code: "UNSUPPORTED_KEY" },
    {
      name: "an RSA key of 1024 bits",
      pem: () => pkcs8(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey),
      code: "UNSUPPORTED_KEY",
    },
    {
      name: "a curve that Consul does not know",
      pem: () => pkcs8(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey),
      code: "UNSUPPORTED_KEY",
    },
    { name: "a text that is no key", pem: () => "hello", code: "UNREADABLE" },
    { name: "a key that was cut off", pem: () => CONSUL_KEY.slice(0, 100), code: "UNREADABLE" },
  ];
  for (const { name, pem, code } of refused) {
    test(`refuses ${name}`, () => expect(() => readPrivateKey(pem())).toThrow(expect.objectContaining({ code })));
  }
});

test("keyId is 32 bytes in colon-separated hexadecimal, the same from either half of the pair", async () => {
  const { privateKey } = await generateKeyPair();
  expect(keyId(privateKey)).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/);
  expect(keyId(createPublicKey(privateKey))).toBe(keyId(privateKey));
});

function pkcs8(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
