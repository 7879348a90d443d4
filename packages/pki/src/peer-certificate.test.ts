import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeRoot, makeSide, spiffeIdOf } from "../test/mesh.ts";
import { readPeerCertificate } from "./peer-certificate.ts";

const HOUR_MS = 3_600_000;

describe("readPeerCertificate", () => {
  for (const type of [
    { type: "ec", bits: 256 },
    { type: "rsa", bits: 2048 },
  ] as const) {
    test(`reads the URI and the expiry of a leaf with a key of ${type.type}`, async () => {
      const { certificate: cert } = await makeSide("web", await makeRoot(), { keyType: type });
      const certificate = new X509Certificate(cert);
      expect(readPeerCertificate(certificate.raw)).toEqual({
        uris: [spiffeIdOf("web")],
        notAfterMs: certificate.validToDate.getTime(),
      });
    });
  }

  test("reads an expiry beyond 2049, which is written another way", async () => {
    const nowMs = Date.UTC(2060, 5, 1);
    const { certificate: cert } = await makeSide("web", await makeRoot(undefined, nowMs - HOUR_MS), { nowMs });
    const certificate = new X509Certificate(cert);
    expect(readPeerCertificate(certificate.raw)?.notAfterMs).toBe(certificate.validToDate.getTime());
    expect(certificate.validToDate.getUTCFullYear()).toBe(2060);
  });

  test("takes no prefix of a certificate for one", async () => {
    const { raw } = new X509Certificate((await makeSide("web", await makeRoot())).certificate);
    for (let n = 0; n < raw.length; n++) expect(readPeerCertificate(raw.subarray(0, n))).toBeUndefined();
  });

  test("gives an answer for any bytes, and for a certificate in which some have changed", async () => {
    const { raw } = new X509Certificate((await makeSide("web", await makeRoot())).certificate);
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(fc.property(bytes, (any) => readPeerCertificate(any) === undefined || any.length > 0));
    const at = fc.nat(raw.length - 1);
    fc.assert(
      fc.property(at, fc.nat(255), (where, byte) => {
        const changed = Uint8Array.from(raw);
        changed[where] = byte;
        const read = readPeerCertificate(changed);
        expect(read === undefined || Number.isFinite(read.notAfterMs)).toBe(true);
      }),
    );
  });
});
