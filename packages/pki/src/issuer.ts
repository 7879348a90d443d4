import { createPublicKey, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, type Name } from "@peculiar/asn1-x509";
import { type CertificateFacts, certificateFacts, subjectKeyIdOf } from "./certificate.ts";
import { PkiError } from "./errors.ts";
import type { Issuer } from "./issue.ts";
import { fromPem } from "./pem.ts";

/** What every certificate that is signed here is told. */
export type Signing = {
  /** Positive, and used only once by one issuer. */
  readonly serial: bigint;
  /** How long it is valid from now on; less where its issuer ends before. */
  readonly ttlMs: number;
  readonly nowMs: number;
};

/** Who signs: a certificate in PEM and the private key that belongs to it. */
export type SignedBy = { readonly issuer: string; readonly issuerKey: KeyObject };

/** Certificates are valid from a minute ago, for machines whose clocks are behind. */
const CLOCK_SKEW_MS = 60_000;

/** Reads who signs. Throws PkiError WRONG_KEY when the key does not belong to the certificate. */
export function readIssuer({ issuer, issuerKey }: SignedBy): {
  readonly facts: CertificateFacts;
  readonly issuer: Issuer;
} {
  const facts = certificateFacts(issuer);
  if (!createPublicKey(issuerKey).equals(facts.publicKey)) {
    throw new PkiError({ code: "WRONG_KEY", what: `the certificate of ${facts.subject}` });
  }
  const { subject, keyId } = nameAndKeyId(issuer, facts);
  return { facts, issuer: { name: subject, keyId, key: issuerKey } };
}

/** The name and key id of a certificate; names are compared byte by byte when a chain is built, so they are taken over as they stand. */
export function nameAndKeyId(
  pem: string,
  { publicKey }: CertificateFacts,
): { readonly subject: Name; readonly keyId: Uint8Array } {
  const { tbsCertificate } = AsnConvert.parse(fromPem("CERTIFICATE", pem), Certificate);
  return { subject: tbsCertificate.subject, keyId: subjectKeyIdOf([...(tbsCertificate.extensions ?? [])], publicKey) };
}

/** When a certificate of this issuer is valid. Throws PkiError ISSUER_EXPIRED. */
export function validityUnder({ subject, notAfterMs }: CertificateFacts, signing: Signing) {
  if (notAfterMs <= signing.nowMs) throw new PkiError({ code: "ISSUER_EXPIRED", subject, notAfterMs });
  return validityOf(signing, notAfterMs);
}

/** When a certificate is valid that must end by `latestMs`. */
export function validityOf({ ttlMs, nowMs }: Signing, latestMs: number) {
  return { notBeforeMs: nowMs - CLOCK_SKEW_MS, notAfterMs: Math.min(nowMs + ttlMs, latestMs) };
}
