import type { KeyObject } from "node:crypto";
import { issue } from "./issue.ts";
import { readIssuer, type SignedBy, type Signing, validityOf, validityUnder } from "./issuer.ts";
import { type KeyPair, keyIdBytes } from "./keys.ts";
import { toName, toSubjectAltName } from "./subject-names.ts";

/**
 * Makes an authority for the TLS of agents and servers, in PEM: self-signed, and no part of the mesh, whose roots are made by `createRoot`.
 */
export function createTlsAuthority({
  commonName,
  permittedDomains = [],
  key,
  ...signing
}: Signing & {
  readonly commonName: string;
  /** The only domains in which it may name servers; any when there are none. */
  readonly permittedDomains?: readonly string[];
  readonly key: Pick<KeyPair, "privateKey" | "publicKey">;
}): string {
  const name = toName(commonName);
  const subjectKeyId = keyIdBytes(key.publicKey);
  return issue(
    {
      serial: signing.serial,
      subject: name,
      permittedDomains,
      publicKey: key.publicKey,
      subjectKeyId,
      validity: validityOf(signing, Number.POSITIVE_INFINITY),
      use: "root",
    },
    { name, keyId: subjectKeyId, key: key.privateKey },
  );
}

/**
 * Signs a certificate for the TLS of an agent, a server or one of their clients, in PEM. It never outlives its issuer.
 *
 * @throws PkiError ISSUER_EXPIRED or WRONG_KEY, or UNREADABLE for a DNS name that cannot stand in a certificate.
 */
export function signTlsCertificate({
  commonName,
  dnsNames,
  ipAddresses,
  publicKey,
  ...signing
}: Signing &
  SignedBy & {
    readonly commonName: string;
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly publicKey: KeyObject;
  }): string {
  const { facts, issuer } = readIssuer(signing);
  return issue(
    {
      serial: signing.serial,
      subject: toName(commonName),
      names: toSubjectAltName({ uris: [], dnsNames, ipAddresses }),
      publicKey,
      subjectKeyId: keyIdBytes(publicKey),
      validity: validityUnder(facts, signing),
      use: "leaf",
    },
    issuer,
  );
}
