import { X509Certificate } from "node:crypto";
import { GeneralName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import { beforeAll, describe, expect, test } from "vitest";
import { issue } from "./issue.ts";
import { generateKeyPair, type KeyPair, keyIdBytes } from "./keys.ts";
import { readPeerCertificate } from "./peer-certificate.ts";
import { peerIdentity } from "./peer-identity.ts";
import { toName } from "./subject-names.ts";

const WEB = "spiffe://1111.consul/ns/default/dc/dc1/svc/web";
const EVIL = "spiffe://1111.consul/ns/default/dc/dc1/svc/admin";
const IDENTITY = { trustDomain: "1111.consul", namespace: "default", datacenter: "dc1", service: "web" };

let key: KeyPair;
beforeAll(async () => {
  key = await generateKeyPair();
});

describe("peerIdentity", () => {
  test("is the service that the one URI names", () => {
    expect(identityOf([uri(WEB)])).toEqual({ kind: "service", identity: IDENTITY, uri: WEB });
  });

  test("is that service too when DNS names stand before the URI", () => {
    expect(identityOf([dns("a.example"), dns("b.example"), uri(WEB)])).toMatchObject({ identity: IDENTITY });
  });

  const injections = [
    `a.example, URI:${EVIL}`,
    `a.example", URI:${EVIL}`,
    `a.example\\", URI:${EVIL}, DNS:"`,
    `, URI:${EVIL}`,
    `a.example\n, URI:${EVIL}`,
    `a.example\0, URI:${EVIL}`,
    `URI:${EVIL}`,
  ];
  for (const name of injections) {
    test(`is not moved by a DNS name of ${JSON.stringify(name)}`, () => {
      expect(identityOf([dns(name), uri(WEB)])).toMatchObject({ kind: "service", identity: IDENTITY });
      expect(identityOf([dns(name)])).toEqual({ kind: "unknown", reason: "it has no URI" });
    });
  }

  test("is not moved by a URI that holds a second one", () => {
    expect(identityOf([uri(`${WEB}, URI:${EVIL}`)])).toMatchObject({ kind: "unknown" });
  });

  const unknown = [
    { name: "a certificate without names", names: [], reason: "it has no URI" },
    { name: "only DNS names", names: [dns("web.example")], reason: "it has no URI" },
    { name: "two URIs", names: [uri(WEB), uri(EVIL)], reason: "it has 2 URIs, and must have one" },
    {
      name: "the URI of a CA",
      names: [uri("spiffe://1111.consul")],
      reason: "its URI is not a service's: spiffe://1111.consul",
    },
  ];
  for (const { name, names, reason } of unknown) {
    test(`is unknown for ${name}`, () => expect(identityOf(names)).toEqual({ kind: "unknown", reason }));
  }

  test("is unknown for a certificate that has no subjectAltName at all", () => {
    expect(peerIdentity({ uris: [] })).toEqual({ kind: "unknown", reason: "it has no URI" });
  });
});

/** What this package makes of a real certificate with these names, however odd. */
function identityOf(names: readonly GeneralName[]) {
  const name = toName("test");
  const subjectKeyId = keyIdBytes(key.publicKey);
  const validity = { notBeforeMs: 0, notAfterMs: 3_600_000 };
  const pem = issue(
    {
      serial: 1n,
      subject: name,
      names: new SubjectAlternativeName([...names]),
      publicKey: key.publicKey,
      subjectKeyId,
      validity,
      use: "leaf",
    },
    { name, keyId: subjectKeyId, key: key.privateKey },
  );
  const read = readPeerCertificate(new X509Certificate(pem).raw);
  expect(read?.notAfterMs).toBe(validity.notAfterMs);
  return peerIdentity(read ?? { uris: undefined });
}

function dns(dNSName: string): GeneralName {
  return new GeneralName({ dNSName });
}

function uri(uniformResourceIdentifier: string): GeneralName {
  return new GeneralName({ uniformResourceIdentifier });
}
