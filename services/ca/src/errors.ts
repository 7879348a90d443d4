/** What keeps a CA from signing. */
export type CaFailure =
  | { readonly code: "NO_SEAL_KEY_PATH" }
  | { readonly code: "NO_SEAL_KEY"; readonly path: string }
  | { readonly code: "WRONG_SEAL_KEY"; readonly path: string; readonly what: string; readonly reason: string }
  | { readonly code: "NO_SIGNING_KEY"; readonly rootId: string }
  | { readonly code: "NO_ACTIVE_ROOT"; readonly rootId: string }
  | { readonly code: "UNUSABLE_ROOT_CERT"; readonly subject: string; readonly reason: string }
  /** Of what a new CA is told to begin with. */
  | { readonly code: "BAD_CONFIGURATION"; readonly reason: string }
  | { readonly code: "NOT_SET_UP" }
  /** In a datacenter that is not the primary one. */
  | { readonly code: "NO_COPY"; readonly primary: string }
  | { readonly code: "NOT_WHAT_WAS_ASKED"; readonly primary: string };

/** A failure of the CA itself, as opposed to a request that it turns down. */
export class CaError extends Error {
  override readonly name = "CaError";
  readonly code: CaFailure["code"];
  readonly failure: CaFailure;

  constructor(failure: CaFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.code = failure.code;
    this.failure = failure;
  }
}

/** Says what is wrong and what to do about it; never anything of a key. */
function describe(failure: CaFailure): string {
  switch (failure.code) {
    case "NO_SEAL_KEY_PATH":
      return "set CAUSEWAY_CA_SEAL_KEY_FILE, or CAUSEWAY_DATA_DIR for a file in there: signing keys are sealed with it";
    case "NO_SEAL_KEY":
      return `the CA has signed before, but the key that its signing key is sealed with is not at ${failure.path}: bring the file back, or point CAUSEWAY_CA_SEAL_KEY_FILE to it`;
    case "WRONG_SEAL_KEY":
      return `${failure.path} is not what the signing key of ${failure.what} was sealed with (${failure.reason}): bring that file back; replicas of the CA share one`;
    case "NO_SIGNING_KEY":
      return `the bucket ca-keys has no key of the active root ${failure.rootId}`;
    case "NO_ACTIVE_ROOT":
      return `the active root ${failure.rootId} is not among the roots`;
    case "UNUSABLE_ROOT_CERT":
      return `the certificate of ${failure.subject} cannot be the root: ${failure.reason}`;
    case "BAD_CONFIGURATION":
      return `no CA can be set up from CAUSEWAY_CA_CONFIG: ${failure.reason}`;
    case "NOT_SET_UP":
      return "the bucket ca-roots has no roots or no legal configuration any more";
    case "NO_COPY":
      return `the copy of the bucket ca-roots has no roots yet: it follows when the datacenter ${failure.primary} can be reached and its CA has started`;
    case "NOT_WHAT_WAS_ASKED":
      return `the CA of the datacenter ${failure.primary} signed another key than it was asked to, or no CA certificate`;
  }
}
