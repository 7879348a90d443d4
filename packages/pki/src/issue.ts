import type { KeyObject } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  NameConstraints,
  type SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { spkiOf } from "./csr.ts";
import { toPem } from "./pem.ts";
import { signatureAlgorithmOf, signDer } from "./signature.ts";

/** A certificate that is about to be signed. */
export type Template = {
  readonly serial: bigint;
  readonly subject: Name;
  /** None for an authority that is known by its subject alone. */
  readonly names?: SubjectAlternativeName;
  /** Of an authority: the domains in which it may name anyone; any when absent. */
  readonly permittedDomains?: readonly string[];
  readonly publicKey: KeyObject;
  readonly subjectKeyId: Uint8Array;
  readonly validity: { readonly notBeforeMs: number; readonly notAfterMs: number };
  readonly use: "leaf" | "root" | "intermediate";
};

/** Who signs it. */
export type Issuer = { readonly name: Name; readonly keyId: Uint8Array; readonly key: KeyObject };

const { digitalSignature, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign } = KeyUsageFlags;
const LEAF_USE = digitalSignature | keyEncipherment | dataEncipherment | keyAgreement;
const CA_USE = digitalSignature | keyCertSign | cRLSign;

/** Signs a certificate and gives it in PEM. */
export function issue(template: Template, issuer: Issuer): string {
  const signature = signatureAlgorithmOf(issuer.key);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialBytes(template.serial),
    signature,
    issuer: issuer.name,
    validity: new Validity({
      notBefore: new Date(template.validity.notBeforeMs),
      notAfter: new Date(template.validity.notAfterMs),
    }),
    subject: template.subject,
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(template.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(template, issuer)),
  });
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: signDer(AsnConvert.serialize(tbsCertificate), issuer.key),
  });
  return toPem("CERTIFICATE", AsnConvert.serialize(certificate));
}

function extensionsOf(
  { use, names, permittedDomains = [], subjectKeyId, subject }: Template,
  { keyId }: Issuer,
): Extension[] {
  const isCa = use !== "leaf";
  const usage = new KeyUsage(isCa ? CA_USE : LEAF_USE);
  const purposes = new ExtendedKeyUsage([id_kp_clientAuth, id_kp_serverAuth]);
  return [
    extension(id_ce_keyUsage, usage.toASN().toBER(), "critical"),
    ...(isCa ? [] : [extension(id_ce_extKeyUsage, AsnConvert.serialize(purposes))]),
    extension(id_ce_basicConstraints, AsnConvert.serialize(basicConstraints(use)), "critical"),
    extension(id_ce_subjectKeyIdentifier, AsnConvert.serialize(new SubjectKeyIdentifier(subjectKeyId))),
    extension(id_ce_authorityKeyIdentifier, AsnConvert.serialize(authorityKeyIdentifier(keyId))),
    ...(names === undefined ? [] : [alternativeNames(names, subject)]),
    ...(permittedDomains.length === 0 ? [] : [nameConstraints(permittedDomains)]),
  ];
}

function extension(extnID: string, content: ArrayBuffer, critical?: "critical"): Extension {
  return new Extension({ extnID, critical: critical !== undefined, extnValue: new OctetString(content) });
}

/** RFC 5280 section 4.2.1.6: critical where the subject is empty, since it is then all that names the holder. */
function alternativeNames(names: SubjectAlternativeName, subject: Name): Extension {
  return extension(id_ce_subjectAltName, AsnConvert.serialize(names), subject.length === 0 ? "critical" : undefined);
}

/** RFC 5280 section 4.2.1.10: a domain permits itself and all that is below it. */
function nameConstraints(domains: readonly string[]): Extension {
  const permitted = domains.map((dNSName) => new GeneralSubtree({ base: new GeneralName({ dNSName }) }));
  const constraints = new NameConstraints({ permittedSubtrees: new GeneralSubtrees(permitted) });
  return extension(id_ce_nameConstraints, AsnConvert.serialize(constraints), "critical");
}

function authorityKeyIdentifier(keyId: Uint8Array): AuthorityKeyIdentifier {
  return new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId) });
}

/** An intermediate signs leaves and nothing else; how far a root reaches is not limited. */
function basicConstraints(use: Template["use"]): BasicConstraints {
  if (use === "leaf") return new BasicConstraints({ cA: false });
  return use === "root" ? new BasicConstraints({ cA: true }) : new BasicConstraints({ cA: true, pathLenConstraint: 0 });
}

/** A serial number as DER wants it: as few bytes as hold it, with a zero before a first bit that is set. */
function serialBytes(serial: bigint): ArrayBuffer {
  const hex = serial.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const padded = /^[89a-f]/.test(even) ? `00${even}` : even;
  return new Uint8Array(Buffer.from(padded, "hex")).buffer;
}
