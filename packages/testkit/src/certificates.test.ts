import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { expect, test } from "vitest";
import { createTestCa, issueCertificate } from "./certificates.ts";

const ca = await createTestCa({ commonName: "Acme Internal CA" });

test("an issued certificate is its CA's, and its key fits", async () => {
  const { cert, key } = await issueCertificate({ ca, commonName: "api.acme.test" });
  const issued = new X509Certificate(cert);
  const issuer = new X509Certificate(ca.cert);
  expect(issuer.ca).toBe(true);
  expect(issued.ca).toBe(false);
  expect(issued.checkIssued(issuer)).toBe(true);
  expect(issued.verify(issuer.publicKey)).toBe(true);
  expect(() => createSecureContext({ cert, key })).not.toThrow();
});

test("all kinds of names are carried", async () => {
  const { cert } = await issueCertificate({
    ca,
    commonName: "api",
    dnsNames: ["api.acme.test", "*.acme.test"],
    ipAddresses: ["127.0.0.1", "::1"],
    uris: ["spiffe://acme.test/ns/default/dc/dc1/svc/api"],
  });
  const { subject, subjectAltName } = new X509Certificate(cert);
  expect(subject).toBe("CN=api");
  expect(subjectAltName?.split(", ")).toEqual([
    "DNS:api.acme.test",
    "DNS:*.acme.test",
    "IP Address:127.0.0.1",
    "IP Address:0:0:0:0:0:0:0:1",
    "URI:spiffe://acme.test/ns/default/dc/dc1/svc/api",
  ]);
});

test("validity and key usage are as asked", async () => {
  const { cert } = await issueCertificate({
    ca,
    commonName: "expired",
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2020-01-02T00:00:00Z"),
    extendedKeyUsage: ["clientAuth"],
  });
  const { validFromDate, validToDate, keyUsage } = new X509Certificate(cert);
  expect(validFromDate.toISOString()).toBe("2020-01-01T00:00:00.000Z");
  expect(validToDate.toISOString()).toBe("2020-01-02T00:00:00.000Z");
  // Node calls the extended key usage keyUsage.
  expect(keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
});

test.each(["EC P-256", "RSA 2048"] as const)(
  "a CA with a key of kind %s signs both kinds of keys",
  async (keyAlgorithm) => {
    const signer = await createTestCa({ keyAlgorithm });
    for (const [kind, expected] of [
      ["EC P-256", "ec"],
      ["RSA 2048", "rsa"],
    ] as const) {
      const issued = new X509Certificate(
        (await issueCertificate({ ca: signer, commonName: "x", keyAlgorithm: kind })).cert,
      );
      expect(issued.publicKey.asymmetricKeyType).toBe(expected);
      expect(issued.verify(new X509Certificate(signer.cert).publicKey)).toBe(true);
    }
  },
);

test("a CA can be signed by another", async () => {
  const intermediate = await createTestCa({ commonName: "Acme Intermediate", ca });
  const certificate = new X509Certificate(intermediate.cert);
  expect(certificate.ca).toBe(true);
  expect(certificate.checkIssued(new X509Certificate(ca.cert))).toBe(true);
});
