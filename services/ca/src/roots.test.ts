import type { CaRoots } from "@causeway/model";
import { createCsr, createRoot, crossSign, generateKeyPair, readPrivateKey, signLeaf } from "@causeway/pki";
import { beforeAll, describe, expect, test } from "vitest";
import { activeRoot, rootRecord, rotated, tidied, timestamp } from "./roots.ts";
import { ageOf, checkBrought, needsNewRoot } from "./rotation.ts";
import { leafSerial, rootSerial } from "./serial.ts";
import { keptSettings } from "./settings.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";

type Made = { readonly certificate: string; readonly pem: string };
let first: Made;
let second: Made;
let vouched: string;

async function make(serial: bigint): Promise<Made & { key: Awaited<ReturnType<typeof generateKeyPair>> }> {
  const key = await generateKeyPair();
  const certificate = createRoot({ trustDomain: TRUST_DOMAIN, key, serial, ttlMs: 100 * DAY, nowMs: NOW });
  return { certificate, pem: key.privateKeyPem, key };
}

beforeAll(async () => {
  const [old, next] = await Promise.all([make(7n), make(8n)]);
  first = old;
  second = next;
  const by = { byRoot: old.certificate, byKey: old.key.privateKey };
  vouched = crossSign({ newRoot: next.certificate, ...by, serial: 9n, nowMs: NOW });
});

/** The first root, then the second in its place at `rotatedMs`. */
function afterRotation(rotatedMs: number): CaRoots {
  const root = { ...rootRecord(first.certificate, TRUST_DOMAIN), CreateIndex: 1, ModifyIndex: 1 };
  const before = { ActiveRootID: root.ID, TrustDomain: TRUST_DOMAIN, Roots: [root] };
  const next = { ...rootRecord(second.certificate, TRUST_DOMAIN), IntermediateCerts: [vouched] };
  return rotated(before, next, rotatedMs);
}

test("a root is told as Consul tells it", () => {
  expect(rootRecord(first.certificate.trimEnd(), TRUST_DOMAIN)).toEqual({
    ID: expect.stringMatching(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/),
    Name: "Consul CA Root Cert",
    SerialNumber: 7,
    SigningKeyID: expect.stringMatching(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/),
    ExternalTrustDomain: "11111111-2222-3333-4444-555555555555",
    NotBefore: "2025-12-31T23:59:00Z",
    NotAfter: "2026-04-11T00:00:00Z",
    RootCert: first.certificate,
    IntermediateCerts: null,
    Active: true,
    PrivateKeyType: "ec",
    PrivateKeyBits: 256,
    CreateIndex: 0,
    ModifyIndex: 0,
  });
});

test("after a rotation the new root signs, and the one before it is trusted and dated", () => {
  const roots = afterRotation(NOW + 5);
  expect(activeRoot(roots).RootCert).toBe(second.certificate);
  expect(roots.Roots).toMatchObject([
    { Active: false, RotatedOutAt: timestamp(NOW + 5), CreateIndex: 1, ModifyIndex: 0 },
    { Active: true, IntermediateCerts: [vouched] },
  ]);
  expect(roots.Roots[1]).not.toHaveProperty("RotatedOutAt");
});

test("roots without their active one are a failure that names it", () => {
  expect(() => activeRoot({ ActiveRootID: "aa:bb", TrustDomain: "", Roots: [] })).toThrow("aa:bb");
});

describe("roots are tidied:", () => {
  const cases = [
    { name: "nothing to do just after a rotation", afterMs: 0, roots: 2, vouchers: 1 },
    { name: "the old root stays until two leaf lifetimes have passed", afterMs: 144 * HOUR, roots: 2, vouchers: 1 },
    { name: "then it goes", afterMs: 144 * HOUR + 1, roots: 1, vouchers: 1 },
    { name: "a cross-signed certificate stays while it is valid", afterMs: 7 * DAY - 1_000, roots: 1, vouchers: 1 },
    { name: "then it goes too", afterMs: 7 * DAY, roots: 1, vouchers: 0 },
  ] as const;
  for (const { name, afterMs, roots, vouchers } of cases) {
    test(name, () => {
      const tidy = tidied(afterRotation(NOW), 72 * HOUR, NOW + afterMs);
      expect(tidy.Roots).toHaveLength(roots);
      expect(activeRoot(tidy).IntermediateCerts ?? []).toHaveLength(vouchers);
    });
  }

  test("where there is nothing to do, they are the same object", () => {
    const roots = afterRotation(NOW);
    expect(tidied(roots, 72 * HOUR, NOW)).toBe(roots);
  });
});

describe("a new root is needed", () => {
  const present = (origin: "made" | "key brought" | "certificate brought") => ({
    root: rootRecord(first.certificate, TRUST_DOMAIN),
    origin,
  });
  const needed = (config: object, origin: Parameters<typeof present>[0]) =>
    needsNewRoot(keptSettings({ ...config }), present(origin));

  test("not for other TTLs, nor for the kind of key that it has", () => {
    expect(needed({ LeafCertTTL: "24h", PrivateKeyType: "ec", PrivateKeyBits: 256 }, "made")).toBe(false);
  });
  test("for another kind of key", () => {
    expect(needed({ PrivateKeyBits: 384 }, "made")).toBe(true);
    expect(needed({ PrivateKeyType: "rsa", PrivateKeyBits: 2048 }, "made")).toBe(true);
  });
  test("for a key that is brought, unless it is there", () => {
    expect(needed({ PrivateKey: second.pem }, "made")).toBe(true);
    expect(needed({ PrivateKey: first.pem }, "key brought")).toBe(false);
    expect(needed({ PrivateKey: first.pem, PrivateKeyBits: 384 }, "key brought")).toBe(false);
    expect(needed({ PrivateKey: first.pem }, "certificate brought")).toBe(true);
  });
  test("for a certificate that is brought, unless it is there", () => {
    expect(needed({ PrivateKey: first.pem, RootCert: first.certificate }, "certificate brought")).toBe(false);
    expect(needed({ PrivateKey: second.pem, RootCert: second.certificate }, "certificate brought")).toBe(true);
  });
  test("when what was brought is brought no more", () => {
    expect(needed({}, "key brought")).toBe(true);
    expect(needed({}, "certificate brought")).toBe(true);
  });
});

describe("what an operator brings is refused when", () => {
  const check = (config: object, nowMs = NOW) => checkBrought(keptSettings({ ...config }), nowMs);
  const pair = () => ({ PrivateKey: first.pem, RootCert: first.certificate });

  test("nothing is wrong: not at all", () => {
    check({});
    check({ PrivateKey: first.pem });
    check(pair());
  });
  test("the key cannot be read", () => {
    expect(() => check({ PrivateKey: "not a key" })).toThrow("private key cannot be read");
  });
  test("the certificate cannot be read", () => {
    expect(() => check({ ...pair(), RootCert: "not a certificate" })).toThrow("certificate cannot be read");
  });
  test("key and certificate do not belong together", () => {
    expect(() => check({ ...pair(), PrivateKey: second.pem })).toThrow("the private key does not belong to it");
  });
  test("the certificate has expired", () => {
    expect(() => check(pair(), NOW + 100 * DAY)).toThrow("cannot be the root: it expired at 2026-04-11T00:00:00Z");
  });
  test("the certificate is no CA's", async () => {
    const key = await generateKeyPair();
    const csr = createCsr({ spiffeId: `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/web`, key });
    const signed = { serial: 1n, ttlMs: DAY, nowMs: NOW, issuer: first.certificate };
    const leaf = signLeaf({ csr, ...signed, issuerKey: readPrivateKey(first.pem).privateKey });
    expect(() => check({ PrivateKey: key.privateKeyPem, RootCert: leaf })).toThrow("being no CA's");
  });
});

describe("a root is", () => {
  const cases = [
    { leftMs: 0, age: "expired" },
    { leftMs: 1, age: "ending" },
    { leftMs: 144 * HOUR - 1, age: "ending" },
    { leftMs: 144 * HOUR, age: "young" },
  ] as const;
  for (const { leftMs, age } of cases) {
    test(`${age} ${leftMs / HOUR} hours before its end, with leaves of 72 hours`, () => {
      const root = rootRecord(first.certificate, TRUST_DOMAIN);
      expect(ageOf(root, 72 * HOUR, Date.parse(root.NotAfter) - leftMs)).toBe(age);
    });
  }
});

test("serial numbers are positive, a root's a number that JSON keeps, and no two are the same", () => {
  const leaves = Array.from({ length: 1_000 }, leafSerial);
  const roots = Array.from({ length: 1_000 }, rootSerial);
  expect(new Set([...leaves, ...roots]).size).toBe(2_000);
  for (const serial of [...leaves, ...roots]) expect(serial > 0n).toBe(true);
  for (const serial of leaves) expect(serial < 1n << 159n).toBe(true);
  for (const serial of roots) expect(Number.isSafeInteger(Number(serial))).toBe(true);
});
