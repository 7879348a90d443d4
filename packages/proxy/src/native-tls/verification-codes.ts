/** What OpenSSL found wrong with a chain, by the names that Node gives, of those that are told apart. */
const CODES: ReadonlyMap<number, string> = new Map([
  [2, "UNABLE_TO_GET_ISSUER_CERT"],
  [7, "CERT_SIGNATURE_FAILURE"],
  [9, "CERT_NOT_YET_VALID"],
  [10, "CERT_HAS_EXPIRED"],
  [18, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [19, "SELF_SIGNED_CERT_IN_CHAIN"],
  [20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  [21, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [22, "CERT_CHAIN_TOO_LONG"],
  [26, "INVALID_PURPOSE"],
  [79, "INVALID_CA"],
]);

/**
 * The name of what OpenSSL found wrong with a chain, as Node's own sockets tell it.
 *
 * @see https://docs.openssl.org/3.5/man3/X509_STORE_CTX_get_error/
 */
export function verificationCode(result: number): string {
  return CODES.get(result) ?? `X509_V_ERR ${result}`;
}
