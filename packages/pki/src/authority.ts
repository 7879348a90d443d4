import { createHash, type KeyObject } from "node:crypto";
import { signingSpiffeId } from "@causeway/model";
import { Name } from "@peculiar/asn1-x509";
import { certificateFacts } from "./certificate.ts";
import { readCsr } from "./csr.ts";
import { issue } from "./issue.ts";
import { nameAndKeyId, readIssuer, type SignedBy, type Signing, validityOf, validityUnder } from "./issuer.ts";
import { type KeyPair, keyIdBytes } from "./keys.ts";
import { toName, toSubjectAltName } from "./subject-names.ts";

/** How long a cross-signed root is of use: until every leaf of the old root has been renewed. */
const CROSS_SIGNED_TTL_MS = 7 * 24 * 3_600_000;

/**
 * Makes a root of a trust domain, `<UUID>.consul`, in PEM: self-signed, and named as Consul's built-in CA names its own.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca/consul
 */
export function createRoot({
  trustDomain,
  key,
  ...signing
}: Signing & { readonly trustDomain: string; readonly key: Pick<KeyPair, "privateKey" | "publicKey"> }): string {
  const name = toName(authorityName("pri", key.publicKey, trustDomain));
  const subjectKeyId = keyIdBytes(key.publicKey);
  return issue(
    {
      serial: signing.serial,
      subject: name,
      names: authorityNames(trustDomain),
      publicKey: key.publicKey,
      subjectKeyId,
      validity: validityOf(signing, Number.POSITIVE_INFINITY),
      use: "root",
    },
    { name, keyId: subjectKeyId, key: key.privateKey },
  );
}

/**
 * Signs a leaf for the names and the key of a request, in PEM; whether its holder may have them is asked before (`validateLeafCsr`).
 *
 * It is fit for both sides of mutual TLS and never outlives its issuer.
 *
 * @throws PkiError ISSUER_EXPIRED, WRONG_KEY, or what `readCsr` throws.
 */
export function signLeaf({
  csr,
  spiffeId,
  ...signing
}: Signing &
  SignedBy & {
    readonly csr: string;
    /** Stands in place of the URI that the request names, where it could not know its own yet. */
    readonly spiffeId?: string;
  }): string {
  const { uris, dnsNames, ipAddresses, publicKey } = readCsr(csr);
  const { facts, issuer } = readIssuer(signing);
  return issue(
    {
      serial: signing.serial,
      subject: new Name(),
      names: toSubjectAltName({ uris: spiffeId === undefined ? uris : [spiffeId], dnsNames, ipAddresses }),
      publicKey,
      subjectKeyId: keyIdBytes(publicKey),
      validity: validityUnder(facts, signing),
      use: "leaf",
    },
    issuer,
  );
}

/**
 * Signs the name and key of a new root by the root before it, in PEM. Sent after a leaf, it lets those who know only the old root
 * believe the leaf. Valid for 7 days unless told otherwise.
 *
 * @throws PkiError ISSUER_EXPIRED or WRONG_KEY.
 */
export function crossSign({
  newRoot,
  byRoot,
  byKey,
  serial,
  nowMs,
  ttlMs = CROSS_SIGNED_TTL_MS,
}: Omit<Signing, "ttlMs"> & {
  readonly newRoot: string;
  readonly byRoot: string;
  readonly byKey: KeyObject;
  readonly ttlMs?: number;
}): string {
  const root = certificateFacts(newRoot);
  const { subject, keyId } = nameAndKeyId(newRoot, root);
  const { facts, issuer } = readIssuer({ issuer: byRoot, issuerKey: byKey });
  return issue(
    {
      serial,
      subject,
      names: toSubjectAltName(root),
      publicKey: root.publicKey,
      subjectKeyId: keyId,
      validity: validityUnder(facts, { serial, nowMs, ttlMs: Math.min(ttlMs, root.notAfterMs - nowMs) }),
      use: "root",
    },
    issuer,
  );
}

/**
 * Signs the CA of a secondary datacenter, in PEM: it may sign leaves of the trust domain but no further CA.
 *
 * @throws PkiError ISSUER_EXPIRED, WRONG_KEY, or what `readCsr` throws.
 */
export function signIntermediate({
  csr,
  trustDomain,
  ...signing
}: Signing & SignedBy & { readonly csr: string; readonly trustDomain: string }): string {
  const { publicKey } = readCsr(csr);
  const { facts, issuer } = readIssuer(signing);
  return issue(
    {
      serial: signing.serial,
      subject: toName(authorityName("sec", publicKey, trustDomain)),
      names: authorityNames(trustDomain),
      publicKey,
      subjectKeyId: keyIdBytes(publicKey),
      validity: validityUnder(facts, signing),
      use: "intermediate",
    },
    issuer,
  );
}

/** `pri-<8 of the key's own>.consul.ca.<8 of the cluster's>.consul`: no two keys or clusters share it, for chains are built by names. */
function authorityName(role: "pri" | "sec", publicKey: KeyObject, trustDomain: string): string {
  const unique = createHash("sha256").update(keyIdBytes(publicKey)).digest("hex").slice(0, 8);
  return `${role}-${unique}.consul.ca.${trustDomain.slice(0, 8)}.consul`;
}

function authorityNames(trustDomain: string) {
  return toSubjectAltName({ uris: [signingSpiffeId(trustDomain)], dnsNames: [], ipAddresses: [] });
}
