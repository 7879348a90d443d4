import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { exportKey, generateKeys, importKey, type KeyAlgorithm } from "./certificate-keys.ts";

/** A certificate and its private key in PEM, under the names that `node:tls` gives them. */
export type KeyedCertificate = { readonly cert: string; readonly key: string };

/** From when until when a certificate holds; from an hour ago for a day unless told. */
export type Validity = { readonly notBefore?: Date; readonly notAfter?: Date };

/** What a CA made for a test is like. */
export type TestCaOptions = Validity & {
  readonly commonName?: string;
  readonly keyAlgorithm?: KeyAlgorithm;
  /** The CA that signs this one; without it, it signs itself. */
  readonly ca?: KeyedCertificate;
};

/** What a certificate issued for a test says. */
export type CertificateRequest = Validity & {
  readonly ca: KeyedCertificate;
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
  /** Both unless told. */
  readonly extendedKeyUsage?: readonly ("serverAuth" | "clientAuth")[];
  readonly keyAlgorithm?: KeyAlgorithm;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Makes a certificate authority of the kind that a company runs for its own services. */
export async function createTestCa(options: TestCaOptions = {}): Promise<KeyedCertificate> {
  const { commonName = "Causeway Test CA", keyAlgorithm = "EC P-256", ca, ...validity } = options;
  const usage = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  const extensions = [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(usage, true)];
  return sign({ commonName, keyAlgorithm, validity, extensions, ca });
}

/** Issues a certificate with a fresh key; whether what it says makes sense is the test's affair. */
export async function issueCertificate(request: CertificateRequest): Promise<KeyedCertificate> {
  const { ca, commonName, keyAlgorithm = "EC P-256", extendedKeyUsage = ["serverAuth", "clientAuth"] } = request;
  const names = alternativeNames(request);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    new ExtendedKeyUsageExtension(extendedKeyUsage.map((usage) => ExtendedKeyUsage[usage])),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
  return sign({ commonName, keyAlgorithm, validity: request, extensions, ca });
}

function alternativeNames({ dnsNames = [], ipAddresses = [], uris = [] }: CertificateRequest): JsonGeneralName[] {
  return [
    ...dnsNames.map((value) => ({ type: "dns", value }) as const),
    ...ipAddresses.map((value) => ({ type: "ip", value }) as const),
    ...uris.map((value) => ({ type: "url", value }) as const),
  ];
}

type ToSign = {
  readonly commonName: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly validity: Validity;
  readonly extensions: readonly Extension[];
  readonly ca: KeyedCertificate | undefined;
};

async function sign({ commonName, keyAlgorithm, validity, extensions, ca }: ToSign): Promise<KeyedCertificate> {
  const keys = await generateKeys(keyAlgorithm);
  const subject = [{ CN: [commonName] }];
  const issuer = ca === undefined ? undefined : new X509Certificate(ca.cert);
  const { notBefore = new Date(Date.now() - HOUR_MS), notAfter = new Date(notBefore.getTime() + DAY_MS) } = validity;
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer?.subjectName.toJSON() ?? subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: ca === undefined ? keys.privateKey : await importKey(ca.key),
      extensions: [
        ...extensions,
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer?.publicKey ?? keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { cert: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
}
