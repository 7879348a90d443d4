import { createHash, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  type Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_subjectKeyIdentifier,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { colonHex } from "./colon-hex.ts";
import { PkiError } from "./errors.ts";
import { keyIdBytes } from "./keys.ts";
import { fromPem } from "./pem.ts";
import { readPublicKey } from "./signature.ts";
import { commonNameOf, namesIn, type SubjectNames } from "./subject-names.ts";

/** What a certificate says, in Consul's forms. */
export type CertificateFacts = SubjectNames & {
  /** Colon-separated hexadecimal, as SerialNumber of a leaf. */
  readonly serial: string;
  /** The same as a number, as SerialNumber of a root. */
  readonly serialNumber: bigint;
  /** Common name; empty for a leaf. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isCa: boolean;
  /** Colon-separated hexadecimal id of the certificate's own key: the SigningKeyID of a root. */
  readonly subjectKeyId: string;
  /** Colon-separated hexadecimal id of the key that signed it; undefined when it does not say. */
  readonly authorityKeyId: string | undefined;
  /** Colon-separated hexadecimal SHA-1 of the whole: the ID of a root. */
  readonly id: string;
  readonly publicKey: KeyObject;
};

/**
 * Reads the first certificate of a PEM. Its signature is not checked.
 *
 * @throws PkiError UNREADABLE or UNSUPPORTED_KEY.
 */
export function certificateFacts(pem: string): CertificateFacts {
  const der = fromPem("CERTIFICATE", pem);
  try {
    return factsOf(AsnConvert.parse(der, Certificate), der);
  } catch (cause) {
    if (cause instanceof PkiError) throw cause;
    throw new PkiError({ code: "UNREADABLE", what: "certificate", reason: "malformed DER" }, { cause });
  }
}

/** The ID of a root in Consul's form: colon-separated hexadecimal SHA-1 of the certificate. */
export function certificateId(pem: string): string {
  return idOf(fromPem("CERTIFICATE", pem));
}

function idOf(der: Uint8Array): string {
  return colonHex(createHash("sha1").update(der).digest());
}

function factsOf({ tbsCertificate }: Certificate, der: Uint8Array): CertificateFacts {
  const extensions = [...(tbsCertificate.extensions ?? [])];
  const publicKey = readPublicKey(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo), "certificate");
  const serial = withoutSign(new Uint8Array(tbsCertificate.serialNumber));
  return {
    ...namesIn(extensions),
    serial: colonHex(serial),
    serialNumber: BigInt(`0x${Buffer.from(serial).toString("hex")}`),
    subject: commonNameOf(tbsCertificate.subject),
    issuer: commonNameOf(tbsCertificate.issuer),
    notBeforeMs: tbsCertificate.validity.notBefore.getTime().getTime(),
    notAfterMs: tbsCertificate.validity.notAfter.getTime().getTime(),
    isCa: contentOf(extensions, id_ce_basicConstraints, BasicConstraints)?.cA ?? false,
    subjectKeyId: colonHex(subjectKeyIdOf(extensions, publicKey)),
    authorityKeyId: authorityKeyIdOf(extensions),
    id: idOf(der),
    publicKey,
  };
}

/** DER puts a zero before a number whose first bit is set, so that it is not taken for a negative one. */
function withoutSign(integer: Uint8Array): Uint8Array {
  return integer.length > 1 && integer[0] === 0 ? integer.subarray(1) : integer;
}

function contentOf<T>(extensions: readonly Extension[], oid: string, type: new () => T): T | undefined {
  const found = extensions.find(({ extnID }) => extnID === oid);
  return found === undefined ? undefined : AsnConvert.parse(found.extnValue.buffer, type);
}

/** The id that a certificate gives its key, or the one that this package would give it. */
export function subjectKeyIdOf(extensions: readonly Extension[], publicKey: KeyObject): Uint8Array {
  const said = contentOf(extensions, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  return said === undefined ? keyIdBytes(publicKey) : new Uint8Array(said.buffer);
}

function authorityKeyIdOf(extensions: readonly Extension[]): string | undefined {
  const said = contentOf(extensions, id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier)?.keyIdentifier;
  return said === undefined ? undefined : colonHex(new Uint8Array(said.buffer));
}
