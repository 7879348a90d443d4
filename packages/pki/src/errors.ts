/** What can be wrong with keys and certificates. */
export type PkiFailure =
  | { readonly code: "UNREADABLE"; readonly what: string; readonly reason: string }
  | { readonly code: "UNSUPPORTED_KEY"; readonly found: string }
  | { readonly code: "BAD_SIGNATURE"; readonly what: string }
  | { readonly code: "WRONG_KEY"; readonly what: string }
  | { readonly code: "ISSUER_EXPIRED"; readonly subject: string; readonly notAfterMs: number }
  | { readonly code: "UNSEAL_FAILED"; readonly reason: string }
  | { readonly code: "SEAL_KEY_EXPOSED"; readonly path: string; readonly mode: number }
  | { readonly code: "BAD_SEAL_KEY"; readonly path: string; readonly reason: string };

/** Thrown by everything in this package that fails; `failure` says how, fit for a switch. */
export class PkiError extends Error {
  override readonly name = "PkiError";
  readonly code: PkiFailure["code"];
  readonly failure: PkiFailure;

  constructor(failure: PkiFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.code = failure.code;
    this.failure = failure;
  }
}

/** Says in one sentence what is wrong, and what to do where something can be done. */
export function describe(failure: PkiFailure): string {
  switch (failure.code) {
    case "UNREADABLE":
      return `${failure.what} cannot be read: ${failure.reason}`;
    case "UNSUPPORTED_KEY":
      return `a key must be ec with 224, 256, 384 or 521 bits, or rsa with 2048 or 4096 bits, but this is ${failure.found}`;
    case "BAD_SIGNATURE":
      return `the signature of ${failure.what} does not match its public key`;
    case "WRONG_KEY":
      return `the private key does not belong to ${failure.what}`;
    case "ISSUER_EXPIRED":
      return `${failure.subject} can sign nothing any more: it expired at ${new Date(failure.notAfterMs).toISOString()}`;
    case "UNSEAL_FAILED":
      return `a sealed key cannot be opened: ${failure.reason}`;
    case "SEAL_KEY_EXPOSED":
      return `${failure.path} can be read by others (mode ${failure.mode.toString(8)}): run chmod 600 ${failure.path}`;
    case "BAD_SEAL_KEY":
      return `${failure.path} holds no seal key: ${failure.reason}`;
  }
}
