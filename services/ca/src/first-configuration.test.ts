import { createRoot, generateKeyPair } from "@causeway/pki";
import { expect, test } from "vitest";
import { firstConfiguration } from "./first-configuration.ts";

const CLUSTER = "11111111-2222-3333-4444-555555555555";
const NOW_MS = Date.UTC(2026, 0, 1);

test("a new CA has a trust domain of its own and Consul's defaults", () => {
  const { trustDomain, settings, stored } = firstConfiguration({}, NOW_MS);
  expect(trustDomain).toMatch(/^[0-9a-f-]{36}\.consul$/);
  expect(firstConfiguration({}, NOW_MS).trustDomain).not.toBe(trustDomain);
  expect(settings).toMatchObject({ leafCertTtlMs: 72 * 3_600_000, privateKey: "" });
  expect(stored.Config).toEqual({ IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RotationPeriod: "2160h" });
});

test("its operator names the trust domain, the TTLs and the key, which is not stored", async () => {
  const { privateKeyPem } = await generateKeyPair();
  const given = { ClusterID: CLUSTER, LeafCertTTL: "1h", PrivateKey: privateKeyPem };
  const { trustDomain, settings, stored } = firstConfiguration(given, NOW_MS);
  expect(trustDomain).toBe(`${CLUSTER}.consul`);
  expect(settings).toMatchObject({ leafCertTtlMs: 3_600_000, privateKey: privateKeyPem });
  expect(stored.Config).toEqual({ IntermediateCertTTL: "8760h", LeafCertTTL: "1h", RotationPeriod: "2160h" });
});

test("a certificate comes with its key", async () => {
  const key = await generateKeyPair();
  const trustDomain = `${CLUSTER}.consul`;
  const RootCert = createRoot({ trustDomain, key, serial: 1n, ttlMs: 1e9, nowMs: NOW_MS });
  const given = { RootCert, PrivateKey: key.privateKeyPem };
  expect(firstConfiguration(given, NOW_MS).settings.rootCert).toBe(RootCert);
  expect(() => firstConfiguration({ RootCert }, NOW_MS)).toThrow("must provide a private key");
  expect(() => firstConfiguration(given, NOW_MS + 2e9)).toThrow("it expired at");
});

test.each([
  ["a trust domain that is no UUID", { ClusterID: "mine" }, "cluster_id specified but is not a valid UUID"],
  ["a TTL that is too short", { LeafCertTTL: "1m" }, "leaf cert TTL must be greater or equal than 1h0m0s"],
])("%s is refused", (_, given, problem) => {
  expect(() => firstConfiguration(given, NOW_MS)).toThrow(problem);
});
