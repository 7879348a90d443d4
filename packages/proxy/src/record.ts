import { describeDecision } from "@causeway/policy";
import type { FailedDial, Known } from "./connection.ts";
import { blame, type ConnectionFailure, describe, isRefusal, type Side } from "./errors.ts";
import type { Failover } from "./failover.ts";
import { type Hello, hopIds, placeOf } from "./hop.ts";

/** What is left of a connection when it has ended: one for each, whatever became of it. */
export type ConnectionRecord = {
  readonly id: number;
  readonly listener: string;
  /** `host:port`. */
  readonly client: string;
  readonly serverName?: string;
  /** By these every hop's record of a connection that TLS goes through can be found, and their order told; see `hopIds`. */
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string | undefined;
  /** The route's name, which is the destination service. */
  readonly destination?: string;
  readonly source?: string;
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
  /** Random of the client's hello, where it is passed on and `known` does not tell of it. */
  readonly helloRandom?: Uint8Array | undefined;
  readonly failedDials: readonly FailedDial[];
  readonly bytesToUpstream: number;
  readonly bytesToClient: number;
};

/** What can be said of a connection while it is open. */
export type OpenConnection = Omit<ConnectionRecord, "outcome" | "reason" | "blame" | "endedMs">;

/** Whether a record is that of a connection which was turned away or cut off. */
export function wasRefused({ outcome }: ConnectionRecord): boolean {
  return outcome !== "CARRIED" && isRefusal(outcome);
}

/** What is filled in bit by bit: to spread each part that is known would cost more than to find it, and every connection comes by here. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Says what became of a connection. */
export function recordOf(account: Account, failure: ConnectionFailure | undefined, nowMs: number): ConnectionRecord {
  return Object.assign(describeOpen(account, nowMs), endOf(failure), { endedMs: nowMs });
}

function endOf(
  failure: ConnectionFailure | undefined,
): Pick<ConnectionRecord, "outcome" | "reason" | "blame" | "decidedBy"> {
  if (failure === undefined) return { outcome: "CARRIED" };
  const end = { outcome: failure.code, reason: describe(failure), blame: blame(failure) };
  // An intention that cut it off says more than the one which had let it in.
  return "by" in failure ? { ...end, decidedBy: describeDecision({ action: "deny", by: failure.by }) } : end;
}

function helloOf({ known, helloRandom: random }: Account): Hello | undefined {
  return known.hello ?? (random === undefined ? undefined : { random, role: "passed" });
}

/** Says how it stands with a connection. */
export function describeOpen(account: Account, nowMs: number): OpenConnection {
  const { serverName, route, source, endpoint, target, failover, decision } = account.known;
  const described: Draft<Partial<OpenConnection>> & Pick<OpenConnection, "id" | "listener" | "client"> = {
    id: account.id,
    listener: account.listener,
    client: account.clientAddress,
  };
  if (serverName !== undefined) described.serverName = serverName;
  const hello = helloOf(account);
  if (hello !== undefined) Object.assign(described, hopIds(hello, placeOf(hello, route, target)));
  if (route !== undefined) described.destination = route.name;
  if (source !== undefined) described.source = source;
  if (endpoint !== undefined) described.endpoint = endpoint;
  if (target !== undefined && route?.failover !== undefined) described.target = target;
  if (failover !== undefined) described.failover = failover;
  if (decision !== undefined) described.decidedBy = describeDecision(decision);
  if (account.failedDials.length > 0) described.failedDials = account.failedDials;
  const { bytesToUpstream, bytesToClient } = account;
  return Object.assign(described, { bytesToUpstream, bytesToClient, seconds: (nowMs - account.openedMs) / 1_000 });
}
