import { type DecidedBy, describeDecision } from "@causeway/policy/decide";
import type { TlsFault } from "./tls-faults.ts";

/** What can go wrong with a client before its connection is carried on, or with its right to be. */
type ClientFailure =
  | { readonly code: "HELLO_TIMEOUT"; readonly waitedMs: number }
  | { readonly code: "NOT_TLS"; readonly found: string }
  | { readonly code: "NO_SNI" }
  | { readonly code: "HELLO_TOO_LARGE" }
  | { readonly code: "CLIENT_CLOSED" }
  | { readonly code: "NO_ROUTE"; readonly serverName: string }
  | { readonly code: "NO_CLIENT_CERTIFICATE" }
  | { readonly code: "CLIENT_TLS_FAILED"; readonly fault: TlsFault; readonly reason: string }
  | { readonly code: "WRONG_TRUST_DOMAIN"; readonly identity: string; readonly expected: string }
  | { readonly code: "NOT_A_SERVICE_IDENTITY"; readonly reason: string }
  | { readonly code: "DENIED"; readonly source: string; readonly destination: string; readonly by: DecidedBy }
  | {
      readonly code: "NO_LONGER_ALLOWED";
      readonly source: string;
      readonly destination: string;
      readonly by: DecidedBy;
    }
  | { readonly code: "ISSUER_WITHDRAWN"; readonly peer: string };

/** What can go wrong with the way onward, and with the carrying. */
type OnwardFailure =
  | { readonly code: "ROUTE_GONE"; readonly route: string }
  | { readonly code: "NO_LEAF"; readonly service: string; readonly reason: string }
  | {
      readonly code: "NO_HEALTHY_ENDPOINT";
      readonly destination: string;
      /** How many there are, over all targets. */
      readonly endpoints: number;
      readonly targets: number;
    }
  | { readonly code: "DIAL_FAILED"; readonly address: string; readonly reason: string }
  | {
      readonly code: "UPSTREAM_TLS_FAILED";
      readonly address: string;
      readonly fault: TlsFault;
      readonly reason: string;
    }
  | {
      readonly code: "WRONG_PEER_IDENTITY";
      readonly address: string;
      readonly found: string | undefined;
      readonly expected: readonly string[];
    }
  | { readonly code: "TLS_FILES_UNUSABLE"; readonly reason: string }
  | { readonly code: "CLIENT_RESET"; readonly reason: string }
  | { readonly code: "UPSTREAM_RESET"; readonly reason: string }
  | { readonly code: "IDLE"; readonly afterMs: number }
  | { readonly code: "TOO_MANY_CONNECTIONS"; readonly limit: number }
  | { readonly code: "DRAINED" }
  | { readonly code: "INTERNAL"; readonly reason: string };

/** Everything that can end a connection other than its two ends being done with it. */
export type ConnectionFailure = ClientFailure | OnwardFailure;

/** Which side a failure is charged to. */
export type Side = "client" | "upstream" | "control-plane" | "gateway";

/** A connection that could not be carried, or not to its end. */
export class ConnectionError extends Error {
  readonly failure: ConnectionFailure;
  /** The failure's code, where tracing looks for it. */
  readonly code: ConnectionFailure["code"];

  constructor(failure: ConnectionFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.name = "ConnectionError";
    this.failure = failure;
    this.code = failure.code;
  }

  /** The failure that `error` stands for; what nobody foresaw becomes INTERNAL. */
  static from(error: unknown): ConnectionError {
    if (error instanceof ConnectionError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new ConnectionError({ code: "INTERNAL", reason }, { cause: error });
  }
}

/** Tells the operator what happened and what to look at. */
export function describe(failure: ConnectionFailure): string {
  switch (failure.code) {
    case "HELLO_TIMEOUT":
      return `the client sent no whole ClientHello within ${failure.waitedMs} ms`;
    case "NOT_TLS":
      return `the client does not speak TLS: ${failure.found}`;
    case "NO_SNI":
      return "the client named no server (no SNI), so no route can be chosen";
    case "HELLO_TOO_LARGE":
      return "the client's ClientHello is over 64 KiB, or in too many pieces";
    case "CLIENT_CLOSED":
      return "the client closed the connection before it could be carried";
    case "NO_ROUTE":
      return `no route for the server name ${JSON.stringify(failure.serverName)}`;
    case "NO_CLIENT_CERTIFICATE":
      return "the client presented no certificate";
    case "CLIENT_TLS_FAILED":
      return `the TLS handshake with the client failed: ${failure.reason}`;
    case "WRONG_TRUST_DOMAIN":
      return `the client is ${failure.identity}, which is not of the trust domain ${failure.expected}`;
    case "NOT_A_SERVICE_IDENTITY":
      return `the client's certificate names no service: ${failure.reason}`;
    case "DENIED":
      return `${failure.source} may not call ${failure.destination}: ${describeDecision({ action: "deny", by: failure.by })}`;
    case "NO_LONGER_ALLOWED":
      return `${failure.source} may no longer call ${failure.destination}: ${describeDecision({ action: "deny", by: failure.by })}`;
    case "ISSUER_WITHDRAWN":
      return `the certificate of ${failure.peer} was issued under a root that is no longer trusted`;
    default:
      return describeOnward(failure);
  }
}

type Lack = Extract<OnwardFailure, { readonly code: "NO_HEALTHY_ENDPOINT" }>;

function describeOnward(failure: OnwardFailure): string {
  switch (failure.code) {
    case "ROUTE_GONE":
      return `the route to ${failure.route} is gone, or leads elsewhere now`;
    case "NO_LEAF":
      return `no leaf certificate of ${failure.service} can be presented: ${failure.reason}`;
    case "NO_HEALTHY_ENDPOINT":
      return describeLack(failure);
    case "DIAL_FAILED":
      return `connecting to ${failure.address} failed: ${failure.reason}`;
    case "UPSTREAM_TLS_FAILED":
      return `TLS with ${failure.address} failed: ${failure.reason}`;
    case "WRONG_PEER_IDENTITY":
      return `${failure.address} proved to be ${failure.found ?? "nobody by name"}, not ${failure.expected.join(" or ")}`;
    case "TLS_FILES_UNUSABLE":
      return `the files for TLS to the service cannot be used: ${failure.reason}`;
    case "CLIENT_RESET":
      return `the client broke the connection off: ${failure.reason}`;
    case "UPSTREAM_RESET":
      return `the service broke the connection off: ${failure.reason}`;
    case "IDLE":
      return `nothing was sent for ${failure.afterMs} ms`;
    case "TOO_MANY_CONNECTIONS":
      return `${failure.limit} connections are open already, which is the limit`;
    case "DRAINED":
      return "the proxy stopped before the connection had ended";
    case "INTERNAL":
      return failure.reason;
  }
}

function describeLack({ destination, endpoints, targets }: Lack): string {
  if (targets === 1) {
    return endpoints === 0
      ? `${destination} has no instance`
      : `none of the ${endpoints} instances of ${destination} is healthy`;
  }
  return endpoints === 0
    ? `none of the ${targets} targets of ${destination} has an instance`
    : `none of the ${endpoints} instances of the ${targets} targets of ${destination} is healthy`;
}

/** Which side each failure is charged to. */
const BLAMED: Readonly<Record<ConnectionFailure["code"], Side>> = {
  HELLO_TIMEOUT: "client",
  NOT_TLS: "client",
  NO_SNI: "client",
  HELLO_TOO_LARGE: "client",
  CLIENT_CLOSED: "client",
  NO_ROUTE: "client",
  NO_CLIENT_CERTIFICATE: "client",
  CLIENT_TLS_FAILED: "client",
  WRONG_TRUST_DOMAIN: "client",
  NOT_A_SERVICE_IDENTITY: "client",
  DENIED: "client",
  CLIENT_RESET: "client",
  IDLE: "client",
  NO_HEALTHY_ENDPOINT: "upstream",
  DIAL_FAILED: "upstream",
  UPSTREAM_TLS_FAILED: "upstream",
  WRONG_PEER_IDENTITY: "upstream",
  UPSTREAM_RESET: "upstream",
  NO_LONGER_ALLOWED: "control-plane",
  ISSUER_WITHDRAWN: "control-plane",
  ROUTE_GONE: "control-plane",
  NO_LEAF: "control-plane",
  TLS_FILES_UNUSABLE: "gateway",
  TOO_MANY_CONNECTIONS: "gateway",
  DRAINED: "gateway",
  INTERNAL: "gateway",
};

/** The code of every failure there is: a closed set, so that it can be a metric's label. */
// Of an object that has exactly these keys.
export const FAILURE_CODES = Object.keys(BLAMED) as readonly ConnectionFailure["code"][];

/** Which side a failure is charged to; a metric label and a span attribute. */
export function blame({ code }: ConnectionFailure): Side {
  return BLAMED[code];
}

/**
 * Whether a failure means that the proxy, or what it is told by others, turned a connection away or cut it off, as opposed to one of its
 * two ends leaving of its own accord. What was turned away is kept for the operator to look at.
 */
export function isRefusal(code: ConnectionFailure["code"]): boolean {
  switch (code) {
    case "CLIENT_CLOSED":
    case "CLIENT_RESET":
    case "UPSTREAM_RESET":
    case "IDLE":
    case "DRAINED":
      return false;
    default:
      return true;
  }
}
