import type { Endpoint, Route, RouteTarget } from "@causeway/routes";
import type { Balancer } from "../balancer.ts";
import type { FailedDial } from "../connection.ts";
import { type ConnectionFailure, describe } from "../errors.ts";
import {
  type Failover,
  failoverFrom,
  inOrderOfPromise,
  noHealthyEndpoint,
  prospectOf,
  reasonToPassOver,
  targetsOf,
} from "../failover.ts";
import { printAddress } from "../print-address.ts";
import { placeOf, type RecentFailures } from "../recent-failures.ts";
import { inOrder, MAX_ATTEMPTS, nextEndpoint, ROUTE_PATIENCE, TARGET_PATIENCE, unresolved } from "../turns.ts";
import { placeOfEndpoint } from "./places.ts";
import type { Resolved } from "./protocol.ts";
import { packAddress } from "./socket-address.ts";

/** An address to connect to. */
export type Dial = {
  readonly kind: "dial";
  readonly target: RouteTarget;
  readonly host: string;
  readonly port: number;
  /** The address as the kernel wants it. */
  readonly packed: Uint8Array;
};

/** What is to be done next for a connection to get on. */
export type Step =
  | Dial
  | { readonly kind: "resolve"; readonly host: string; readonly timeoutMs: number }
  /** Find out how TLS is begun with a target that asks for it. */
  | { readonly kind: "originate"; readonly target: RouteTarget };

/** What came of a step. */
export type Result =
  | Resolved
  | { readonly kind: "connected" }
  | { readonly kind: "originated" }
  | { readonly kind: "refused"; readonly failure: ConnectionFailure };

/** Where a connection has got to. */
export type Arrival =
  | {
      readonly kind: "arrived";
      readonly endpoint: string;
      readonly target: string;
      readonly failover: Failover | undefined;
    }
  | { readonly kind: "lost"; readonly failure: ConnectionFailure };

/** What decides the order of the attempts, and where they are written down. */
export type Guide = {
  readonly balancer: Balancer;
  readonly recentFailures: RecentFailures;
  readonly failedDials: FailedDial[];
  readonly nowMs: () => number;
};

/**
 * The attempts by which a connection reaches one of its route's targets, as `reach` makes them for Node's sockets: it says what to do next,
 * is told what came of that, and ends with where the connection has got to. Whoever gives up just asks no more.
 */
export function* attempts(route: Route, guide: Guide): Generator<Step, Arrival, Result> {
  const { recentFailures, nowMs } = guide;
  // By far the most connections: there is nothing to weigh.
  if (route.failover === undefined && recentFailures.size === 0) return yield* attemptsAt(route, guide);
  const targets = targetsOf(route);
  const judge = (target: RouteTarget) =>
    prospectOf(target, ({ address, port }) => recentFailures.of(placeOf(address, port, target.outbound)));
  const prospects = targets.map(judge);
  const patienceMs = ROUTE_PATIENCE * Math.max(...targets.map(({ connectTimeoutMs }) => connectTimeoutMs));
  const startedMs = nowMs();
  let failover = prospects[0] === undefined ? undefined : reasonToPassOver(prospects[0]);
  let last: ConnectionFailure | undefined;
  for (const target of inOrderOfPromise(prospects)) {
    if (nowMs() - startedMs > patienceMs) break;
    const outcome = yield* attemptsAt(target, guide);
    if (outcome.kind === "arrived") return { ...outcome, failover: target === route ? undefined : failover };
    last = outcome.failure;
    if (target === route) failover = failoverFrom(route, last);
  }
  return { kind: "lost", failure: last ?? noHealthyEndpoint(targets) };
}

/** The attempts at one target. */
function* attemptsAt(target: RouteTarget, guide: Guide): Generator<Step, Arrival, Result> {
  const { balancer, recentFailures, failedDials, nowMs } = guide;
  if (target.outbound.kind !== "plain") {
    const begun = yield { kind: "originate", target };
    if (begun.kind === "refused") {
      const { failure } = begun;
      failedDials.push({ target: target.name, code: failure.code, reason: describe(failure) });
      return { kind: "lost", failure };
    }
  }
  const startedMs = nowMs();
  const tried = new Set<Endpoint>();
  let last: ConnectionFailure | undefined;
  let made = 0;
  for (;;) {
    const endpoint = nextEndpoint(target, balancer, recentFailures, tried);
    if (endpoint === undefined) break;
    tried.add(endpoint);
    const place = placeOfEndpoint(endpoint);
    const known = place.packed !== undefined;
    for (const host of known ? [endpoint.address] : yield* hostsOf(endpoint, target, guide)) {
      if (made++ === MAX_ATTEMPTS || nowMs() - startedMs > TARGET_PATIENCE * target.connectTimeoutMs) {
        return { kind: "lost", failure: last ?? noHealthyEndpoint([target]) };
      }
      const failure = typeof host === "string" ? yield* attempt(host, endpoint, target, recentFailures) : host;
      const address = known || typeof host !== "string" ? place.text : printAddress(host, endpoint.port);
      if (failure === undefined)
        return { kind: "arrived", endpoint: address, target: target.name, failover: undefined };
      last = failure;
      failedDials.push({ target: target.name, code: failure.code, reason: describe(failure), address });
    }
    if (!known && last !== undefined) {
      recentFailures.add(placeOf(endpoint.address, endpoint.port, target.outbound), last);
    }
  }
  return { kind: "lost", failure: last ?? noHealthyEndpoint([target]) };
}

/** The addresses of an endpoint that has a name in the order in which they are tried, or the failure to find any. */
function* hostsOf(
  endpoint: Endpoint,
  target: RouteTarget,
  { recentFailures }: Guide,
): Generator<Step, readonly (string | ConnectionFailure)[], Result> {
  const answer = yield { kind: "resolve", host: endpoint.address, timeoutMs: target.connectTimeoutMs };
  if (answer.kind === "addresses") return inOrder(answer.hosts, endpoint, target, recentFailures);
  return [unresolved(endpoint, answer.kind === "failed" ? answer.reason : "there was no answer")];
}

/** One attempt; `undefined` when it has succeeded. */
function* attempt(
  host: string,
  endpoint: Endpoint,
  target: RouteTarget,
  recentFailures: RecentFailures,
): Generator<Step, ConnectionFailure | undefined, Result> {
  const { address, port } = endpoint;
  const packed = placeOfEndpoint(endpoint).packed ?? packAddress({ host, port });
  const result = yield { kind: "dial", target, host, port, packed };
  if (result.kind === "refused") {
    recentFailures.add(placeOf(host, port, target.outbound), result.failure);
    return result.failure;
  }
  if (recentFailures.size > 0) {
    recentFailures.delete(placeOf(host, port, target.outbound));
    // Put aside by its name, when none of its addresses would do.
    recentFailures.delete(placeOf(address, port, target.outbound));
  }
  return undefined;
}
