import type { X509Certificate } from "node:crypto";
import type { TlsLimits } from "@causeway/routes";
import { alternativeNames, listNames } from "./certificate-names.ts";
import type { ConnectionFailure } from "./errors.ts";
import { alertIn, certificateFault, handshakeFault } from "./tls-faults.ts";
import { describeVersions } from "./tls-settings.ts";

/** An error of TLS, by whichever engine: its code, and OpenSSL's reason in words. */
export type TlsError = { readonly code?: string | undefined; readonly reason?: string; readonly message: string };

/**
 * Says why a handshake with a client failed.
 *
 * @param verification - what was wrong with the client's certificate, by OpenSSL's name, if it was that.
 */
export function explainClientHandshake(
  error: TlsError,
  verification: string | undefined,
  limits: TlsLimits | undefined,
): ConnectionFailure {
  if (verification !== undefined) {
    const reason = `the client's certificate ${verificationFault(verification)}`;
    return { code: "CLIENT_TLS_FAILED", fault: certificateFault(verification), reason };
  }
  if (error.code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") return { code: "NO_CLIENT_CERTIFICATE" };
  return { code: "CLIENT_TLS_FAILED", fault: handshakeFault(error), reason: clientReason(error, limits) };
}

function clientReason(error: TlsError, limits: TlsLimits | undefined): string {
  if (error.code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "it took too long";
  if (error.code === "ECONNRESET") return "the client broke it off";
  const unsuitable = unsuitableOffer(error, limits);
  if (unsuitable !== undefined) return unsuitable;
  const alert = alertIn(error);
  return alert === undefined ? textOf(error) : `the client refused our certificate or offer (alert: ${alert})`;
}

/** What it is about the client's ClientHello that the limits do not allow, if that is what the error is about. */
function unsuitableOffer({ code }: TlsError, limits: TlsLimits = {}): string | undefined {
  if (code === "ERR_SSL_UNSUPPORTED_PROTOCOL") {
    return `the client offers no version of TLS that is allowed here (${describeVersions(limits)})`;
  }
  if (code !== "ERR_SSL_NO_SHARED_CIPHER" || limits.cipherSuites === undefined) return undefined;
  return `the client offers no cipher suite that is allowed here, or none that suits our certificate (${limits.cipherSuites.join(", ")})`;
}

/** What OpenSSL's verification code means, as the end of a sentence about a certificate. */
function verificationFault(code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "has expired";
    case "CERT_NOT_YET_VALID":
      return "is not valid yet";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "is self-signed, and no CA that is trusted here";
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "was issued by a CA that is not trusted here";
    case "INVALID_PURPOSE":
      return "is not meant for this use";
    default:
      return `was not accepted (${code})`;
  }
}

/**
 * Why the certificate that a service presented was not accepted, with the dates and names that tell what to change.
 *
 * @param chain - all certificates that the service has sent.
 */
export function explainChain(
  code: string,
  presented: X509Certificate,
  chain: readonly X509Certificate[],
  caName: string,
): string {
  switch (code) {
    case "CERT_HAS_EXPIRED": {
      const expired = chain.find(({ validToDate }) => validToDate.getTime() <= Date.now()) ?? presented;
      return `the certificate ${titleOf(expired)} expired at ${expired.validToDate.toISOString()}`;
    }
    case "CERT_NOT_YET_VALID":
      return `the certificate ${titleOf(presented)} is not valid before ${presented.validFromDate.toISOString()}`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return `unknown CA: the certificate ${titleOf(presented)} is self-signed, and is not in ${caName}`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return `unknown CA: the certificate ${titleOf(presented)} was issued by ${issuerOf(presented)}, and that is not in ${caName}`;
    default:
      return `the certificate ${titleOf(presented)} ${verificationFault(code)}`;
  }
}

/** Why a certificate is not one for `name`, with the names that it is for. */
export function explainName(presented: X509Certificate, name: string): string {
  if (alternativeNames(presented).length > 0) return `the certificate carries ${listNames(presented)}; none is ${name}`;
  return `the certificate carries no alternative names, only the subject ${titleOf(presented)}, which does not count; none is ${name}`;
}

/** What this side brings to a handshake; it decides how a refusal is read. */
export type Offer = {
  /** Whether it presents a certificate. */
  readonly clientCertificate: boolean;
  /** The versions of TLS that it may use, in words. */
  readonly versions: string;
};

/** Says why TLS with a service broke, before or after its handshake. */
export function explainUpstreamError(error: TlsError, offer: Offer): string {
  const alert = alertIn(error);
  if (alert !== undefined) return explainAlert(alert, offer);
  switch (error.code) {
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "ERR_SSL_HTTP_REQUEST":
      return "the far side does not speak TLS";
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
      return `the far side speaks no version of TLS that is allowed here (${offer.versions})`;
    case "ECONNRESET":
      return "the far side closed the connection during the handshake; it may not speak TLS";
    default:
      return textOf(error);
  }
}

function explainAlert(alert: string, { clientCertificate, versions }: Offer): string {
  if (/protocol version/.test(alert)) {
    return `the far side speaks no version of TLS that is allowed here (${versions}; alert: ${alert})`;
  }
  if (/certificate required/.test(alert) || (!clientCertificate && /handshake failure|bad certificate/.test(alert))) {
    return clientCertificate
      ? `the far side did not get the client certificate that it asks for (alert: ${alert})`
      : `the far side asks for a client certificate, and none is configured (alert: ${alert})`;
  }
  if (clientCertificate && /certificate|unknown ca|access denied/.test(alert)) {
    return `the far side refused our client certificate (alert: ${alert})`;
  }
  if (/unrecognized name/.test(alert)) return "the far side does not serve the server name (alert: unrecognized name)";
  return `the far side refused (alert: ${alert})`;
}

/** Whether the far side ended the connection by a TLS alert. */
export function isAlert(error: TlsError): boolean {
  return alertIn(error) !== undefined;
}

/** OpenSSL's reason without the queue of numbers around it. */
function textOf(error: TlsError): string {
  return error.reason ?? error.message;
}

/** What a reader would call it: by its subject, or by its names, since leaves of the mesh have no subject. */
function titleOf(certificate: X509Certificate): string {
  return oneLine(certificate.subject) || `of ${listNames(certificate) || "nobody by name"}`;
}

function issuerOf({ issuer }: X509Certificate): string {
  return oneLine(issuer) || "nobody by name";
}

/** OpenSSL prints one attribute per line. */
function oneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ");
}
