/** What OpenSSL found wrong with a chain, by the names that Node gives. */
const CODES: ReadonlyMap<number, string> = new Map([
  [2, "UNABLE_TO_GET_ISSUER_CERT"],
  [3, "UNABLE_TO_GET_CRL"],
  [4, "UNABLE_TO_DECRYPT_CERT_SIGNATURE"],
  [5, "UNABLE_TO_DECRYPT_CRL_SIGNATURE"],
  [6, "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY"],
  [7, "CERT_SIGNATURE_FAILURE"],
  [8, "CRL_SIGNATURE_FAILURE"],
  [9, "CERT_NOT_YET_VALID"],
  [10, "CERT_HAS_EXPIRED"],
  [11, "CRL_NOT_YET_VALID"],
  [12, "CRL_HAS_EXPIRED"],
  [13, "ERROR_IN_CERT_NOT_BEFORE_FIELD"],
  [14, "ERROR_IN_CERT_NOT_AFTER_FIELD"],
  [15, "ERROR_IN_CRL_LAST_UPDATE_FIELD"],
  [16, "ERROR_IN_CRL_NEXT_UPDATE_FIELD"],
  [17, "OUT_OF_MEM"],
  [18, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [19, "SELF_SIGNED_CERT_IN_CHAIN"],
  [20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  [21, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [22, "CERT_CHAIN_TOO_LONG"],
  [23, "CERT_REVOKED"],
  [25, "PATH_LENGTH_EXCEEDED"],
  [26, "INVALID_PURPOSE"],
  [27, "CERT_UNTRUSTED"],
  [28, "CERT_REJECTED"],
  [62, "HOSTNAME_MISMATCH"],
  [79, "INVALID_CA"],
]);

/**
 * The name of what OpenSSL found wrong with a chain, as Node's own sockets tell it: "UNSPECIFIED" where Node has no name.
 *
 * @see https://docs.openssl.org/3.5/man3/X509_STORE_CTX_get_error/
 */
export function verificationCode(result: number): string {
  return CODES.get(result) ?? "UNSPECIFIED";
}
