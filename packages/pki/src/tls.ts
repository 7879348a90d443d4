/**
 * Only what makes certificates for servers, for programs that should start fast: the rest of the package loads the libraries of requests,
 * chains and identities.
 *
 * @module
 */
export { generateKeyPair, readPrivateKey } from "./keys.ts";
export { createTlsAuthority, signTlsCertificate } from "./tls-certificates.ts";
