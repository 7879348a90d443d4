import { TimedOut } from "./sockets.ts";
import type { TlsError } from "./tls-reasons.ts";

/** What can be wrong with a TLS handshake, in one word: a closed set, so that it can be a metric's label; the words for it are in the reason. */
export const TLS_FAULTS = [
  "certificate-expired",
  "certificate-not-yet-valid",
  "unknown-issuer",
  "wrong-name",
  "certificate-refused",
  "no-certificate",
  "version-or-cipher",
  "alert",
  "not-tls",
  "timeout",
  "broken-off",
  "other",
] as const;
export type TlsFault = (typeof TLS_FAULTS)[number];

/** The fault that OpenSSL's verification code stands for. */
export function certificateFault(code: string): TlsFault {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "certificate-expired";
    case "CERT_NOT_YET_VALID":
      return "certificate-not-yet-valid";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "unknown-issuer";
    default:
      return "certificate-refused";
  }
}

/** The fault that an error of TLS stands for, where it is not about a certificate that was verified here. */
export function handshakeFault(error: TlsError): TlsFault {
  if (error instanceof TimedOut) return "timeout";
  switch (error.code) {
    case "ERR_TLS_HANDSHAKE_TIMEOUT":
      return "timeout";
    case "ECONNRESET":
      return "broken-off";
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
    case "ERR_SSL_NO_SHARED_CIPHER":
      return "version-or-cipher";
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "ERR_SSL_HTTP_REQUEST":
      return "not-tls";
    default:
      return alertIn(error) === undefined ? "other" : "alert";
  }
}

/** The TLS alert that the far side sent, if that is what the error is about. */
export function alertIn(error: Pick<TlsError, "reason">): string | undefined {
  return /^(?:tlsv1\d?|sslv3|ssl\/tls) (?:alert )?(.+)$/i.exec(error.reason ?? "")?.[1];
}
