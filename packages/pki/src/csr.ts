import type { KeyObject } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Attribute,
  Extension,
  Extensions,
  id_ce_subjectAltName,
  Name,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import { PkiError } from "./errors.ts";
import type { KeyPair } from "./keys.ts";
import { fromPem, toPem } from "./pem.ts";
import { readPublicKey, signatureAlgorithmOf, signatureHolds, signDer } from "./signature.ts";
import { namesIn, type SubjectNames, toSubjectAltName } from "./subject-names.ts";

/** Who asks for a certificate. */
export type CsrOptions = {
  /** The only URI that the certificate will carry. */
  readonly spiffeId: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly key: Pick<KeyPair, "privateKey" | "publicKey">;
};

/** What a request asks for; whoever made it has the private key that belongs to `publicKey`. */
export type Csr = SubjectNames & { readonly publicKey: KeyObject };

/** PKCS#9 extensionRequest (RFC 2985 section 5.4.2): where a request keeps the extensions that it asks for. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/**
 * Asks for a certificate, in PEM. The subject is left empty: the SPIFFE ID is the name.
 *
 * @see RFC 2986
 */
export function createCsr({ spiffeId, dnsNames = [], ipAddresses = [], key }: CsrOptions): string {
  const names = AsnConvert.serialize(toSubjectAltName({ uris: [spiffeId], dnsNames, ipAddresses }));
  const extension = new Extension({ extnID: id_ce_subjectAltName, critical: true, extnValue: new OctetString(names) });
  const extensions = AsnConvert.serialize(new Extensions([extension]));
  const info = new CertificationRequestInfo({
    subject: new Name(),
    subjectPKInfo: AsnConvert.parse(spkiOf(key.publicKey), SubjectPublicKeyInfo),
    attributes: new Attributes([new Attribute({ type: EXTENSION_REQUEST, values: [extensions] })]),
  });
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: signatureAlgorithmOf(key.privateKey),
    signature: signDer(AsnConvert.serialize(info), key.privateKey),
  });
  return toPem("CERTIFICATE REQUEST", AsnConvert.serialize(request));
}

/**
 * Reads a request and checks that it was signed by the key that it asks for.
 *
 * @throws PkiError UNREADABLE, UNSUPPORTED_KEY or BAD_SIGNATURE.
 */
export function readCsr(pem: string): Csr {
  const request = parse(fromPem("CERTIFICATE REQUEST", pem));
  const info = request.certificationRequestInfo;
  const publicKey = readPublicKey(AsnConvert.serialize(info.subjectPKInfo), "certificate request");
  // What was signed are the bytes that came, which a lenient reader might not write again.
  const signed = request.certificationRequestInfoRaw ?? AsnConvert.serialize(info);
  if (!signatureHolds(signed, request.signature, request.signatureAlgorithm, publicKey)) {
    throw new PkiError({ code: "BAD_SIGNATURE", what: "the certificate request" });
  }
  return { ...readNames(info), publicKey };
}

function parse(der: Uint8Array<ArrayBuffer>): CertificationRequest {
  try {
    return AsnConvert.parse(der, CertificationRequest);
  } catch (cause) {
    throw new PkiError({ code: "UNREADABLE", what: "certificate request", reason: "malformed DER" }, { cause });
  }
}

function readNames({ attributes }: CertificationRequestInfo): SubjectNames {
  try {
    const requested = [...(attributes ?? [])].filter(({ type }) => type === EXTENSION_REQUEST);
    const sets = requested.flatMap(({ values }) => values.map((value) => AsnConvert.parse(value, Extensions)));
    return namesIn(sets.flatMap((extensions) => [...extensions]));
  } catch (cause) {
    if (cause instanceof PkiError) throw cause;
    throw new PkiError({ code: "UNREADABLE", what: "certificate request", reason: "malformed names" }, { cause });
  }
}

/** The DER of a public key, as certificates and requests carry it. */
export function spkiOf(publicKey: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
}
