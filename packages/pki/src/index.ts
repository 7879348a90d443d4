/**
 * Keys, signing requests, certificates and who a certificate says its holder is.
 *
 * @example
 * const key = await generateKeyPair();
 * const csr = createCsr({ spiffeId: serviceSpiffeId({ trustDomain, namespace: "default", datacenter: "dc1", service: "web" }), key });
 * const leaf = signLeaf({ csr, issuer: root, issuerKey: rootKey.privateKey, serial: 7n, ttlMs: 72 * 3_600_000, nowMs: Date.now() });
 *
 * @module
 */
export { createRoot, crossSign, signIntermediate, signLeaf } from "./authority.ts";
export { type CertificateFacts, certificateFacts, certificateId } from "./certificate.ts";
export { type Csr, type CsrOptions, createCsr, readCsr } from "./csr.ts";
export { describe as describePkiFailure, PkiError, type PkiFailure } from "./errors.ts";
export type { SignedBy, Signing } from "./issuer.ts";
export {
  DEFAULT_KEY_TYPE,
  generateKeyPair,
  type KeyPair,
  type KeyType,
  keyId,
  keyTypeOf,
  readPrivateKey,
} from "./keys.ts";
export {
  type LeafIdentity,
  type LeafRequest,
  parseLeafSpiffeId,
  type SigningDomain,
  validateLeafCsr,
} from "./leaf-request.ts";
export { type PeerCertificate, readPeerCertificate } from "./peer-certificate.ts";
export { type PeerIdentity, peerIdentity } from "./peer-identity.ts";
export { splitCertificates } from "./pem.ts";
export { isOverdue, leafRenewal, renewalAfterRootChange, type ValidityPeriod } from "./renewal.ts";
export { createSealKey, type SealKey, seal, sealedWith, sealKeyOf, unseal } from "./seal.ts";
export { loadOrCreateSealKey } from "./seal-key-file.ts";
export { SealKeyRing } from "./seal-key-ring.ts";
export { type AltName, readSubjectAltName } from "./subject-alt-name.ts";
export type { SubjectNames } from "./subject-names.ts";
export { createTlsAuthority, signTlsCertificate } from "./tls-certificates.ts";
