import { describe, expect, test } from "vitest";
import { keptSettings, readSettings } from "./settings.ts";

const HOUR_MS = 3_600_000;

const legal: readonly { name: string; config: object; settings: object }[] = [
  {
    name: "nothing: the defaults",
    config: {},
    settings: {
      leafCertTtlMs: 72 * HOUR_MS,
      intermediateCertTtlMs: 8_760 * HOUR_MS,
      rootCertTtlMs: 87_600 * HOUR_MS,
      keyType: { type: "ec", bits: 256 },
      csrMaxPerSecond: 50,
      privateKey: "",
      rootCert: "",
      disableCrossSigning: false,
    },
  },
  { name: "snake_case", config: { leaf_cert_ttl: "1h" }, settings: { leafCertTtlMs: HOUR_MS } },
  { name: "any case", config: { leafcertttl: "1h30m" }, settings: { leafCertTtlMs: 1.5 * HOUR_MS } },
  { name: "nanoseconds for a duration", config: { LeafCertTTL: 7.2e12 }, settings: { leafCertTtlMs: 2 * HOUR_MS } },
  { name: "the longest leaf", config: { LeafCertTTL: "2920h" }, settings: { leafCertTtlMs: 2_920 * HOUR_MS } },
  { name: "a text for a number", config: { CSRMaxPerSecond: "7.5" }, settings: { csrMaxPerSecond: 7.5 } },
  { name: "no limit", config: { CSRMaxPerSecond: 0 }, settings: { csrMaxPerSecond: 0 } },
  { name: "null as absent", config: { LeafCertTTL: null }, settings: { leafCertTtlMs: 72 * HOUR_MS } },
  { name: "what nobody knows", config: { RotationPeriod: "2160h", Bogus: [1] }, settings: {} },
  { name: "a method of Object as a name", config: { constructor: 1, toString: 2 }, settings: {} },
  ...[224, 256, 384, 521].map((bits) => ({
    name: `EC with ${bits} bits`,
    config: { PrivateKeyType: "ec", PrivateKeyBits: bits },
    settings: { keyType: { type: "ec", bits } },
  })),
  ...["2048", 4096].map((bits) => ({
    name: `RSA with ${bits} bits`,
    config: { PrivateKeyType: "rsa", PrivateKeyBits: bits },
    settings: { keyType: { type: "rsa", bits: Number(bits) } },
  })),
];

describe("a configuration may say", () => {
  for (const { name, config, settings } of legal) {
    test(name, () => expect(readSettings({ ...config })).toMatchObject({ kind: "legal", settings }));
  }
});

const illegal: readonly { name: string; config: Record<string, unknown>; message: string }[] = [
  {
    name: "leaves that end at once",
    config: { LeafCertTTL: "10s" },
    message: "leaf cert TTL must be greater or equal than 1h0m0s",
  },
  {
    name: "leaves that end just before an hour",
    config: { LeafCertTTL: "59m59s" },
    message: "leaf cert TTL must be greater or equal than 1h0m0s",
  },
  {
    name: "hours without a unit",
    config: { LeafCertTTL: 72 },
    message: "leaf cert TTL must be greater or equal than 1h0m0s",
  },
  {
    name: "leaves of more than a year",
    config: { LeafCertTTL: "100000h" },
    message: "leaf cert TTL must be less than 8760h0m0s",
  },
  {
    name: "intermediates of two hours",
    config: { LeafCertTTL: "1h", IntermediateCertTTL: "2h" },
    message: "Intermediate Cert TTL must be greater or equal than 3h",
  },
  {
    name: "intermediates of less than three leaves",
    config: { LeafCertTTL: "72h", IntermediateCertTTL: "215h" },
    message: "Intermediate Cert TTL must be greater or equal than 3 * LeafCertTTL (>=216h0m0s).",
  },
  {
    name: "a root that ends before its intermediates",
    config: { RootCertTTL: "8759h" },
    message:
      "root cert TTL is set and is not greater than intermediate cert ttl. root cert ttl: 8759h0m0s, intermediate cert ttl: 8760h0m0s",
  },
  {
    name: "an odd number of EC bits",
    config: { PrivateKeyBits: 255 },
    message: "EC key length must be one of (224, 256, 384, 521) bits",
  },
  {
    name: "RSA and no bits",
    config: { PrivateKeyType: "rsa" },
    message: "RSA key length must be 2048 or 4096 bits",
  },
  {
    name: "another kind of key",
    config: { PrivateKeyType: "ed25519" },
    message: "private key type must be either 'ec' or 'rsa'",
  },
  { name: "a negative limit", config: { CSRMaxPerSecond: -1 }, message: "CSRMaxPerSecond must not be negative" },
  {
    name: "what is no duration and no number, each by its name",
    config: { LeafCertTTL: "3 days", private_key_bits: "many", PrivateKey: ["x"] },
    message:
      "error decoding config: 3 error(s) decoding:\n\n* error decoding 'LeafCertTTL': cannot be read as a duration such as 72h\n* error decoding 'private_key_bits': cannot be read as a number\n* error decoding 'PrivateKey': cannot be read as a text",
  },
];

describe("a configuration is refused with", () => {
  for (const { name, config, message } of illegal) {
    test(name, () => expect(readSettings(config)).toEqual({ kind: "illegal", message }));
  }
});

test("a stored configuration that is illegal is a failure, not a refusal", () => {
  expect(() => keptSettings({ LeafCertTTL: "1s" })).toThrow("no legal configuration");
});
