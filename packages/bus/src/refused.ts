import { AuthorizationError, PermissionViolationError } from "@nats-io/transport-node";
import { BusError } from "./errors.ts";

/** The violation of permissions that an error is, or was made of; undefined for any other. */
export function violationIn(error: unknown): PermissionViolationError | undefined {
  if (error instanceof PermissionViolationError) return error;
  return error instanceof Error && error.cause !== undefined ? violationIn(error.cause) : undefined;
}

/** The same in terms of the bus: who may not do what, and what helps. */
export function forbidden(
  { operation, subject }: PermissionViolationError,
  role: string,
  cause?: unknown,
): BusError & { readonly facts: object } {
  const failure = { role, operation: operation === "publish" ? "publish" : "subscribe", subject } as const;
  const error = new BusError({ code: "FORBIDDEN", ...failure }, { cause });
  return Object.assign(error, { facts: { ...failure, reason: error.message } });
}

/** Why a server turned a connection down, when waiting does not help; undefined when it is only not there. */
export function refusedFor(cause: unknown, url: string, role: string): BusError | undefined {
  const known = url.replaceAll(/\/\/[^/@,]*@/g, "//");
  if (cause instanceof AuthorizationError) return new BusError({ code: "NOT_LET_IN", url: known, role }, { cause });
  const { code = "", message = "" } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : {};
  if (CERTIFICATE.test(code) || /tls/i.test(message)) {
    return new BusError({ code: "UNTRUSTED", url: known, reason: message }, { cause });
  }
  return undefined;
}

/** What Node calls the ways in which a certificate can be wrong. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|MISMATCH|^UNABLE_TO|^INVALID_|^PATH_LENGTH|^ERR_TLS|^ERR_SSL/;

/** An error in words, and a violation of permissions in those that help. */
export function reasonOf(error: unknown, role: string): string {
  const violation = violationIn(error);
  if (violation !== undefined) return forbidden(violation, role).message;
  return error instanceof Error ? error.message : String(error);
}

/** Does something of JetStream's; a violation of permissions is thrown as the BusError `FORBIDDEN` that it is. */
export async function permitted<T>(role: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const violation = violationIn(error);
    throw violation === undefined ? error : forbidden(violation, role, error);
  }
}
