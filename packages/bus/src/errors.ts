/** What has become of a request that has no answer: nothing was sent, or it may have been carried out all the same. */
export type Outcome = "not done" | "unknown";

/** Everything that can go wrong on the bus. */
export type BusFailure =
  | { readonly code: "UNREADABLE"; readonly what: string; readonly reason: string }
  | { readonly code: "INVALID"; readonly what: string; readonly field: string; readonly reason: string }
  /** The key has changed since it was read, or exists although it was to be created. */
  | { readonly code: "CONFLICT"; readonly bucket: string; readonly key: string }
  | { readonly code: "NO_SERVICE"; readonly subject: string }
  /** Another datacenter cannot be reached, or nothing answers there. */
  | { readonly code: "NO_PATH"; readonly datacenter: string; readonly subject: string; readonly outcome: Outcome }
  /** The bucket is written in the primary datacenter only. */
  | { readonly code: "READ_ONLY"; readonly bucket: string; readonly primary: string }
  /** A bucket is there that was written here, where there should be a copy of the primary datacenter's. */
  | { readonly code: "NOT_A_COPY"; readonly bucket: string; readonly primary: string }
  /** A value that not even parts are allowed for. */
  | { readonly code: "TOO_LARGE"; readonly bytes: number; readonly maxBytes: number }
  | { readonly code: "DISCONNECTED"; readonly waitedMs: number }
  /** NATS allows this user to send or to hear nothing on this subject. */
  | {
      readonly code: "FORBIDDEN";
      readonly role: string;
      readonly operation: "publish" | "subscribe";
      readonly subject: string;
    }
  /** Files or variables that say who one is, and cannot be used. */
  | { readonly code: "CREDENTIALS"; readonly reason: string }
  | { readonly code: "NOT_LET_IN"; readonly url: string; readonly role: string }
  | { readonly code: "UNTRUSTED"; readonly url: string; readonly reason: string }
  | { readonly code: "TIMEOUT"; readonly subject: string; readonly waitedMs: number; readonly outcome: Outcome }
  /** Whoever was asked has refused in time, as too late. */
  | { readonly code: "CLOCKS_DIFFER"; readonly subject: string; readonly byMs: number }
  | { readonly code: "BEHIND"; readonly bucket: string; readonly revision: number; readonly waitedMs: number };

/** A failure of the bus or of what came over it. */
export class BusError extends Error {
  override readonly name = "BusError";
  readonly failure: BusFailure;

  constructor(failure: BusFailure, options?: ErrorOptions) {
    super(describeBusFailure(failure), options);
    this.failure = failure;
  }
}

/** Says what failed and where to look. */
export function describeBusFailure(failure: BusFailure): string {
  switch (failure.code) {
    case "UNREADABLE":
      return `cannot read ${failure.what}: ${failure.reason}`;
    case "INVALID":
      return `${failure.what} is not valid: ${failure.field} ${failure.reason}`;
    case "CONFLICT":
      return `${failure.key} in bucket ${failure.bucket} was changed by someone else at the same time`;
    case "NO_SERVICE":
      return `no service answers on ${failure.subject}: is it running and connected to this NATS server?`;
    case "NO_PATH":
      return `no path to the datacenter ${failure.datacenter}, which answers on ${failure.subject}: is the link between the NATS servers up, and the service running there?${rest(failure.outcome)}`;
    case "READ_ONLY":
      return `the bucket ${failure.bucket} is a copy: it is written in the datacenter ${failure.primary}`;
    case "NOT_A_COPY":
      return `the bucket ${failure.bucket} was written in this datacenter, so that it cannot follow that of ${failure.primary}: remove the stream KV_${failure.bucket} if what it holds may be lost`;
    case "TOO_LARGE":
      return `${failure.bytes} bytes are more than the ${failure.maxBytes} that are sent over the bus: ask for less at a time`;
    case "DISCONNECTED":
      return `no connection to NATS within ${failure.waitedMs} ms`;
    case "FORBIDDEN":
      return `NATS does not allow the user of ${failure.role} to ${failure.operation === "publish" ? "send" : "listen"} on ${failure.subject}: give this process the seed of the role that may (CAUSEWAY_NATS_NKEY_FILE), or make the permissions of this release by \`causeway bus init\``;
    case "CREDENTIALS":
      return failure.reason;
    case "NOT_LET_IN":
      return `NATS at ${failure.url} does not let ${failure.role} in: set CAUSEWAY_NATS_NKEY_FILE to the seed of a user that it knows, as made by \`causeway bus init\` for its configuration`;
    case "UNTRUSTED":
      return `NATS at ${failure.url} is not to be trusted: ${failure.reason}; set CAUSEWAY_NATS_CA_FILE to the file of the CA that signed its certificate, and CAUSEWAY_NATS_URL to a name that the certificate has`;
    case "TIMEOUT":
      return `no answer on ${failure.subject} within ${failure.waitedMs} ms${rest(failure.outcome)}`;
    case "CLOCKS_DIFFER":
      return `whoever answers on ${failure.subject} refuses what is in time as too late, and did nothing: its clock is ahead of this one's by about ${failure.byMs} ms, or those of its replicas differ; set them by NTP`;
    case "BEHIND":
      return `the mirror of bucket ${failure.bucket} has not reached revision ${failure.revision} within ${failure.waitedMs} ms`;
  }
}

function rest(outcome: Outcome): string {
  return outcome === "unknown" ? "; it may have been carried out all the same, and if not, will not be any more" : "";
}

/**
 * A request that its owner turned down: what the HTTP API answers with, word for word.
 *
 * Thrown by a verb's handler, carried over the bus, thrown again on the asking side.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** HTTP status: 400 for what cannot be understood, 404 for what is not there, 500 for what Consul's servers refuse. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
