import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createRoot, crossSign, signIntermediate, signLeaf } from "./authority.ts";
import { certificateFacts, certificateId } from "./certificate.ts";
import { createCsr } from "./csr.ts";
import { generateKeyPair, type KeyPair, keyId } from "./keys.ts";

const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";
const SPIFFE_ID = `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/web`;
const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let rootKey: KeyPair;
let leafKey: KeyPair;
let root: string;
let csr: string;
beforeAll(async () => {
  [rootKey, leafKey] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  root = createRoot({ trustDomain: TRUST_DOMAIN, key: rootKey, serial: 7n, ttlMs: 3_650 * DAY_MS, nowMs: NOW_MS });
  csr = createCsr({ spiffeId: SPIFFE_ID, dnsNames: ["*.ingress.consul"], key: leafKey });
});

function leafOf(options: Partial<Parameters<typeof signLeaf>[0]> = {}): string {
  const signing = { serial: 300n, ttlMs: 72 * HOUR_MS, nowMs: NOW_MS };
  return signLeaf({ csr, issuer: root, issuerKey: rootKey.privateKey, ...signing, ...options });
}

describe("createRoot", () => {
  test("says what a root of Consul's says", () => {
    expect(certificateFacts(root)).toMatchObject({
      serial: "07",
      serialNumber: 7n,
      subject: expect.stringMatching(/^pri-[0-9a-f]{8}\.consul\.ca\.11111111\.consul$/),
      uris: [`spiffe://${TRUST_DOMAIN}`],
      dnsNames: [],
      isCa: true,
      notBeforeMs: NOW_MS - MINUTE_MS,
      notAfterMs: NOW_MS + 3_650 * DAY_MS,
      subjectKeyId: keyId(rootKey.publicKey),
      authorityKeyId: keyId(rootKey.publicKey),
    });
  });

  test("signs itself, and may sign others", () => {
    const read = new X509Certificate(root);
    expect(read.verify(rootKey.publicKey)).toBe(true);
    expect(read.subject).toBe(read.issuer);
    expect(read.ca).toBe(true);
  });

  test("has its SHA-1 in colon-separated hexadecimal as its ID", () => {
    expect(certificateId(root)).toBe(new X509Certificate(root).fingerprint.toLowerCase());
    expect(certificateFacts(root).id).toBe(certificateId(root));
  });

  test("gives two keys of one trust domain two names, for chains are built by names", async () => {
    const key = await generateKeyPair();
    const other = createRoot({ trustDomain: TRUST_DOMAIN, key, serial: 8n, ttlMs: DAY_MS, nowMs: NOW_MS });
    expect(certificateFacts(other).subject).not.toBe(certificateFacts(root).subject);
  });
});

describe("signLeaf", () => {
  test("gives the names and the key of the request, valid from a minute ago for as long as was asked", () => {
    const leaf = leafOf();
    expect(certificateFacts(leaf)).toMatchObject({
      serial: "01:2c",
      subject: "",
      issuer: certificateFacts(root).subject,
      uris: [SPIFFE_ID],
      dnsNames: ["*.ingress.consul"],
      emails: [],
      isCa: false,
      notBeforeMs: NOW_MS - MINUTE_MS,
      notAfterMs: NOW_MS + 72 * HOUR_MS,
      subjectKeyId: keyId(leafKey.publicKey),
      authorityKeyId: keyId(rootKey.publicKey),
    });
    const read = new X509Certificate(leaf);
    expect(read.verify(rootKey.publicKey)).toBe(true);
    expect(read.checkPrivateKey(leafKey.privateKey)).toBe(true);
    expect(read.checkIssued(new X509Certificate(root))).toBe(true);
  });

  test("is for both sides of TLS", () => {
    expect(new X509Certificate(leafOf()).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
  });

  test("never outlives its issuer", () => {
    const { notAfterMs } = certificateFacts(leafOf({ ttlMs: 36_500 * DAY_MS }));
    expect(notAfterMs).toBe(certificateFacts(root).notAfterMs);
  });

  test("puts another URI in the request's place when told to", () => {
    const spiffeId = `spiffe://${TRUST_DOMAIN}/agent/client/dc/dc1/id/node`;
    expect(certificateFacts(leafOf({ spiffeId })).uris).toEqual([spiffeId]);
  });

  for (const { serial, hex } of [
    { serial: 1n, hex: "01" },
    { serial: 0x80n, hex: "80" },
    { serial: 0x0100n, hex: "01:00" },
    { serial: 0xff00n, hex: "ff:00" },
    { serial: 2n ** 127n, hex: `80${":00".repeat(15)}` },
  ]) {
    test(`writes serial number ${serial} as ${hex}, which Node reads as the same`, () => {
      const leaf = leafOf({ serial });
      expect(certificateFacts(leaf)).toMatchObject({ serial: hex, serialNumber: serial });
      expect(BigInt(`0x${new X509Certificate(leaf).serialNumber}`)).toBe(serial);
    });
  }

  test("is refused when the issuer has expired", () => {
    const nowMs = NOW_MS + 3_651 * DAY_MS;
    expect(() => leafOf({ nowMs })).toThrow(expect.objectContaining({ code: "ISSUER_EXPIRED" }));
  });

  test("is refused when the key is not the issuer's", () => {
    expect(() => leafOf({ issuerKey: leafKey.privateKey })).toThrow(expect.objectContaining({ code: "WRONG_KEY" }));
  });

  test("keeps times after 2049, which are written in another form", () => {
    const nowMs = Date.UTC(2060, 5, 15, 12, 30, 45);
    const late = createRoot({ trustDomain: TRUST_DOMAIN, key: rootKey, serial: 1n, ttlMs: DAY_MS, nowMs });
    expect(certificateFacts(late).notAfterMs).toBe(nowMs + DAY_MS);
  });
});

describe("crossSign", () => {
  test("gives the new root's name and key under the old root, for 7 days", async () => {
    const key = await generateKeyPair({ type: "rsa", bits: 2048 });
    const newRoot = createRoot({ trustDomain: TRUST_DOMAIN, key, serial: 8n, ttlMs: 3_650 * DAY_MS, nowMs: NOW_MS });
    const crossed = crossSign({ newRoot, byRoot: root, byKey: rootKey.privateKey, serial: 9n, nowMs: NOW_MS });
    expect(certificateFacts(crossed)).toMatchObject({
      subject: certificateFacts(newRoot).subject,
      issuer: certificateFacts(root).subject,
      uris: [`spiffe://${TRUST_DOMAIN}`],
      isCa: true,
      subjectKeyId: keyId(key.publicKey),
      authorityKeyId: keyId(rootKey.publicKey),
      notAfterMs: NOW_MS + 7 * DAY_MS,
    });
    expect(new X509Certificate(crossed).verify(rootKey.publicKey)).toBe(true);
    expect(new X509Certificate(crossed).verify(key.publicKey)).toBe(false);
  });
});

test("signIntermediate names a secondary's CA and lets it sign leaves only", async () => {
  const key = await generateKeyPair();
  const request = createCsr({ spiffeId: `spiffe://${TRUST_DOMAIN}`, key });
  const signing = { serial: 4n, ttlMs: 365 * DAY_MS, nowMs: NOW_MS };
  const intermediate = signIntermediate({
    csr: request,
    trustDomain: TRUST_DOMAIN,
    issuer: root,
    issuerKey: rootKey.privateKey,
    ...signing,
  });
  expect(certificateFacts(intermediate)).toMatchObject({
    subject: expect.stringMatching(/^sec-[0-9a-f]{8}\.consul\.ca\.11111111\.consul$/),
    uris: [`spiffe://${TRUST_DOMAIN}`],
    isCa: true,
    notAfterMs: NOW_MS + 365 * DAY_MS,
  });
});
