import type { Route, RouteTarget } from "@causeway/routes";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import {
  type Failover,
  failoverFrom,
  inOrderOfPromise,
  noHealthyEndpoint,
  type Prospect,
  prospectOf,
  reasonToPassOver,
  targetsOf,
} from "./failover.ts";
import { type Means, type Reached, reachTarget } from "./reach-target.ts";
import { placeOf } from "./recent-failures.ts";
import { ROUTE_PATIENCE } from "./turns.ts";

/** Who was reached, and why it is not the route's first target, if it is not. */
export type Arrival = Reached & { readonly failover: Failover | undefined };

/**
 * Connects to one of the route's targets: to its own or, when that cannot be reached or does not prove what it must, to one that stands in
 * for it; `inOrderOfPromise` says which is next.
 *
 * The socket still belongs to nobody: whoever takes it closes it. Rejects with NO_HEALTHY_ENDPOINT or with the failure of the target that
 * was tried last; each failed attempt is recorded with the connection.
 */
export async function reach(route: Route, connection: Connection, means: Means): Promise<Arrival> {
  const targets = targetsOf(route);
  const prospects = prospectsOf(route, means);
  const patienceMs = ROUTE_PATIENCE * Math.max(...targets.map(({ connectTimeoutMs }) => connectTimeoutMs));
  const startedMs = performance.now();
  let failover = reasonToPassOver(prospects[0]);
  let last: ConnectionError | undefined;
  for (const target of inOrderOfPromise(prospects)) {
    if (performance.now() - startedMs > patienceMs) break;
    try {
      const reached = await reachTarget(target, { route, connection }, means);
      return { ...reached, failover: target === route ? undefined : failover };
    } catch (error) {
      if (connection.signal.aborted) throw error;
      last = ConnectionError.from(error);
      if (target === route) failover = failoverFrom(route, last.failure);
    }
  }
  throw last ?? new ConnectionError(noHealthyEndpoint(targets));
}

/** What is to be expected of each target, the route's own first. */
function prospectsOf(route: Route, { order }: Means): readonly [Prospect, ...Prospect[]] {
  const judge = (target: RouteTarget) =>
    prospectOf(target, ({ address, port }) => order.recentFailures.of(placeOf(address, port, target.outbound)));
  const [first, ...others] = targetsOf(route);
  return [judge(first), ...others.map(judge)];
}
