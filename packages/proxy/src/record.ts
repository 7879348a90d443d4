import { describeDecision } from "@causeway/policy/decide";
import type { Route } from "@causeway/routes";
import type { FailedDial, Known } from "./connection.ts";
import { blame, type ConnectionFailure, describe, isRefusal, type Side } from "./errors.ts";
import type { Failover } from "./failover.ts";
import { type Hello, hopIds, placeOf, type SentHello, type SpanLink } from "./hop.ts";
import type { ListenerRoutes } from "./listener-routes.ts";
import type { TlsFault } from "./tls-faults.ts";

/** What is left of a connection when it has ended: one for each, whatever became of it. */
export type ConnectionRecord = {
  readonly id: number;
  readonly listener: string;
  /** `host:port`. */
  readonly client: string;
  readonly serverName?: string;
  /** Asked for by the request for which the connection was made, where it goes on for requests. */
  readonly host?: string;
  /** By these every hop's record of a connection that TLS goes through can be found, and their order told; see `hopIds`. */
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string | undefined;
  /** Spans that the first requests which it carried say they belong to, where it is seen to carry HTTP. */
  readonly links?: readonly SpanLink[];
  /** The route's name, which is the destination service. */
  readonly destination?: string;
  /** The service that calls: by its certificate, or else the proxy's own: a sidecar's for its application, an ingress gateway for everybody. */
  readonly source?: string;
  /** SPIFFE ID that the client has proved. */
  readonly sourceIdentity?: string;
  /** SPIFFE ID that the far side has proved. */
  readonly destinationIdentity?: string;
  /** `host:port` of the endpoint that it was carried to. */
  readonly endpoint?: string;
  /** The route's target that the endpoint is one of, where the route has several. */
  readonly target?: string;
  /** Why the route's first target did not carry it, where another did. */
  readonly failover?: Failover;
  /** "CARRIED", or the code of what ended it before its time. */
  readonly outcome: "CARRIED" | ConnectionFailure["code"];
  readonly reason?: string;
  readonly blame?: Side;
  /** What was wrong with TLS, where the outcome is that this failed. */
  readonly tlsFault?: TlsFault;
  /** The intention that let it in or turned it away. */
  readonly decidedBy?: string;
  /** Attempts to reach an endpoint that were in vain. */
  readonly failedDials?: readonly FailedDial[];
  readonly bytesToUpstream: number;
  readonly bytesToClient: number;
  readonly seconds: number;
  /** When it ended, in milliseconds since 1970. */
  readonly endedMs: number;
};

/** What a record is made of, whichever engine carries the connection. */
export type Account = {
  readonly id: number;
  /** Name of its listener. */
  readonly listener: string;
  readonly clientAddress: string;
  readonly openedMs: number;
  readonly known: Known;
  readonly routes: ListenerRoutes;
  /** Random of the client's ClientHello. */
  readonly helloRandom: Uint8Array | undefined;
  /** The last ClientHello that was sent to an endpoint, where that is known. */
  readonly sent?: SentHello | undefined;
  readonly failedDials: readonly FailedDial[];
  readonly links?: readonly SpanLink[];
  readonly bytesToUpstream: number;
  readonly bytesToClient: number;
};

/** What can be said of a connection while it is open. */
export type OpenConnection = Omit<ConnectionRecord, "outcome" | "reason" | "blame" | "tlsFault" | "endedMs">;

/** Whether a record is that of a connection which was turned away or cut off. */
export function wasRefused({ outcome }: ConnectionRecord): boolean {
  return outcome !== "CARRIED" && isRefusal(outcome);
}

/** What is filled in bit by bit: to spread each part that is known would cost more than to find it, and every connection comes by here. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Says what became of a connection. */
export function recordOf(account: Account, failure: ConnectionFailure | undefined, nowMs: number): ConnectionRecord {
  const record: Draft<ConnectionRecord> = { ...describeOpen(account, nowMs), outcome: "CARRIED", endedMs: nowMs };
  if (failure === undefined) return record;
  record.outcome = failure.code;
  record.reason = describe(failure);
  record.blame = blame(failure);
  if ("fault" in failure) record.tlsFault = failure.fault;
  // An intention that cut it off says more than the one which had let it in.
  if ("by" in failure) record.decidedBy = describeDecision({ action: "deny", by: failure.by });
  return record;
}

/** The service for which connections of a route are made, where it is for one: nobody asks who the client is. */
function callerBy(route: Route | undefined): string | undefined {
  const fromOutside = route?.inbound.kind === "plain" || route?.inbound.kind === "tls";
  return fromOutside && route.outbound.kind === "mesh" ? route.outbound.leaf : undefined;
}

/** What it is traced by: the hello that it came with or, where it came with none, the one that it was sent on with. */
function helloOf({ known: { route }, routes, helloRandom: random, sent }: Account): Hello | undefined {
  if (random === undefined) return sent;
  const passedOn = route === undefined ? routes.passOn : route.inbound.kind === "passthrough";
  return { random, role: passedOn ? "passed" : "answered" };
}

/** Says how it stands with a connection. */
export function describeOpen(account: Account, nowMs: number): OpenConnection {
  const { serverName, host, route, source, sourceIdentity, destinationIdentity, endpoint, target, failover, decision } =
    account.known;
  const described: Draft<OpenConnection> = {
    id: account.id,
    listener: account.listener,
    client: account.clientAddress,
    bytesToUpstream: account.bytesToUpstream,
    bytesToClient: account.bytesToClient,
    seconds: (nowMs - account.openedMs) / 1_000,
  };
  if (serverName !== undefined) described.serverName = serverName;
  if (host !== undefined) described.host = host;
  const hello = helloOf(account);
  const ids = hello === undefined ? undefined : hopIds(hello, placeOf(hello, route, target));
  if (ids !== undefined) {
    described.traceId = ids.traceId;
    described.spanId = ids.spanId;
    if (ids.parentSpanId !== undefined) described.parentSpanId = ids.parentSpanId;
  }
  if (route !== undefined) described.destination = route.name;
  const caller = source ?? callerBy(route);
  if (caller !== undefined) described.source = caller;
  if (sourceIdentity !== undefined) described.sourceIdentity = sourceIdentity;
  if (destinationIdentity !== undefined) described.destinationIdentity = destinationIdentity;
  if (endpoint !== undefined) described.endpoint = endpoint;
  if (target !== undefined && route?.failover !== undefined) described.target = target;
  if (failover !== undefined) described.failover = failover;
  if (decision !== undefined) described.decidedBy = describeDecision(decision);
  if (account.links !== undefined && account.links.length > 0) described.links = account.links;
  if (account.failedDials.length > 0) described.failedDials = account.failedDials;
  return described;
}
