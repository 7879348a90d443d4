/**
 * Only what reads who a certificate says its holder is, for threads that make no certificate: the rest of the package loads a library
 * that does, 15 MB in each of them.
 *
 * @module
 */
export { type PeerCertificate, readPeerCertificate } from "./peer-certificate.ts";
export { type PeerIdentity, peerIdentity } from "./peer-identity.ts";
export { type AltName, readSubjectAltName } from "./subject-alt-name.ts";
