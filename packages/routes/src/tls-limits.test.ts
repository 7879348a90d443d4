import type { MeshEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import type { TlsLimits } from "./route.ts";
import { meshTls } from "./tls-limits.ts";

type Settings = NonNullable<NonNullable<MeshEntry["TLS"]>["Incoming"]>;

const cases: readonly { name: string; Incoming: Settings; limits?: TlsLimits; told?: string }[] = [
  { name: "nothing asked for", Incoming: {} },
  { name: "left to the proxy", Incoming: { TLSMinVersion: "TLS_AUTO" } },
  { name: "a lowest version", Incoming: { TLSMinVersion: "TLSv1_3" }, limits: { minVersion: "TLSv1.3" } },
  { name: "a highest version", Incoming: { TLSMaxVersion: "TLSv1_2" }, limits: { maxVersion: "TLSv1.2" } },
  {
    name: "cipher suites keep their order",
    Incoming: { CipherSuites: ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] },
    limits: { cipherSuites: ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"] },
  },
  {
    name: "an unknown version is told",
    Incoming: { TLSMinVersion: "SSLv3" },
    told: "TLS version SSLv3 is not known and is left out",
  },
  {
    name: "an unknown suite is told",
    Incoming: { CipherSuites: ["NULL"] },
    told: "cipher suite NULL is not known and is left out",
  },
];

describe("meshTls", () => {
  for (const { name, Incoming, limits, told } of cases) {
    test(name, () => {
      const mesh: MeshEntry = { Kind: "mesh", Name: "mesh", CreateIndex: 1, ModifyIndex: 1, TLS: { Incoming } };
      const read = meshTls(mesh, "Incoming");
      expect(read.limits).toEqual(limits);
      expect(read.unavailable.map(({ reason }) => reason)).toEqual(told === undefined ? [] : [told]);
      expect(meshTls(mesh, "Outgoing")).toEqual({ limits: undefined, unavailable: [] });
    });
  }

  test("without a mesh entry nothing is limited", () => {
    expect(meshTls(undefined, "Incoming")).toEqual({ limits: undefined, unavailable: [] });
  });
});
