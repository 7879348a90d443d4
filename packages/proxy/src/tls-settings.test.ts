import { createSecureContext } from "node:tls";
import type { TlsLimits } from "@causeway/routes";
import { describe, expect, test } from "vitest";
import { describeVersions, tlsSettings } from "./tls-settings.ts";

const cases: readonly {
  name: string;
  limits: TlsLimits | undefined;
  lowest: string;
  highest?: string;
  says: string;
}[] = [
  { name: "no limits", limits: undefined, lowest: "TLSv1.2", says: "TLS 1.2 or later" },
  { name: "a lowest version", limits: { minVersion: "TLSv1.3" }, lowest: "TLSv1.3", says: "only TLS 1.3" },
  {
    name: "a lowest version of long ago",
    limits: { minVersion: "TLSv1" },
    lowest: "TLSv1",
    says: "TLS 1.0 or later",
  },
  {
    name: "a highest version",
    limits: { maxVersion: "TLSv1.2" },
    lowest: "TLSv1.2",
    highest: "TLSv1.2",
    says: "only TLS 1.2",
  },
  {
    name: "a highest version below the usual lowest",
    limits: { maxVersion: "TLSv1.1" },
    lowest: "TLSv1.1",
    highest: "TLSv1.1",
    says: "only TLS 1.1",
  },
  {
    name: "both",
    limits: { minVersion: "TLSv1.1", maxVersion: "TLSv1.2" },
    lowest: "TLSv1.1",
    highest: "TLSv1.2",
    says: "TLS 1.1 to TLS 1.2",
  },
];

describe("settings of TLS under", () => {
  for (const { name, limits, lowest, highest, says } of cases) {
    test(name, () => {
      const settings = tlsSettings(limits);
      expect(settings).toMatchObject({ minVersion: lowest });
      expect(settings.maxVersion).toBe(highest);
      expect(describeVersions(limits)).toBe(says);
      expect(() => createSecureContext(settings)).not.toThrow();
    });
  }

  test("cipher suites keep their order, and leave those of TLS 1.3 alone", () => {
    const cipherSuites = ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"];
    expect(tlsSettings({ cipherSuites }).ciphers).toMatch(/^(TLS_\w+:)+ECDHE-RSA-\S+:ECDHE-ECDSA-AES128-GCM-SHA256$/);
  });
});
