import type { Endpoint, Route, RouteTarget } from "@causeway/routes";
import { type ConnectionFailure, describe } from "./errors.ts";

/** What is to be expected of a target at this moment. */
export type Prospect = { readonly target: RouteTarget } & (
  | { readonly kind: "promising" }
  /** None of its healthy endpoints could be reached a moment ago. */
  | { readonly kind: "failed"; readonly failure: ConnectionFailure }
  | { readonly kind: "stale" }
  | { readonly kind: "unhealthy" }
);

/** Why an endpoint could not be reached a moment ago; `undefined` when it could, or was not tried. */
export type LastFailure = (endpoint: Endpoint) => ConnectionFailure | undefined;

/** Why a connection was carried by another target than its route's first. */
export type Failover = {
  /** The first target's name. */
  readonly from: string;
  /** The code of the first target's last failure, or "STALE" when its datacenter is out of reach. */
  readonly code: ConnectionFailure["code"] | "STALE";
  readonly reason: string;
};

/** The targets of a route, its own first. */
export function targetsOf(route: Route): readonly [RouteTarget, ...RouteTarget[]] {
  return [route, ...(route.failover ?? [])];
}

/** Judges a target by what is known of its endpoints. */
export function prospectOf(target: RouteTarget, lastFailure: LastFailure): Prospect {
  if (!target.endpoints.some(({ healthy }) => healthy)) return { kind: "unhealthy", target };
  if (target.stale === true) return { kind: "stale", target };
  const failure = failureOfAll(target.endpoints, lastFailure);
  return failure === undefined ? { kind: "promising", target } : { kind: "failed", target, failure };
}

/** One of the failures of the healthy endpoints, if each of them has one. */
function failureOfAll(endpoints: readonly Endpoint[], lastFailure: LastFailure): ConnectionFailure | undefined {
  let last: ConnectionFailure | undefined;
  for (const endpoint of endpoints) {
    if (!endpoint.healthy) continue;
    last = lastFailure(endpoint);
    if (last === undefined) return undefined;
  }
  return last;
}

/**
 * The order in which a connection tries targets: those that are promising, then those that failed a moment ago, then the stale ones, with
 * the given order kept among each. The unhealthy are not tried.
 */
export function inOrderOfPromise(prospects: readonly Prospect[]): readonly RouteTarget[] {
  return (["promising", "failed", "stale"] as const).flatMap((wanted) =>
    prospects.filter(({ kind }) => kind === wanted).map(({ target }) => target),
  );
}

/** Why a connection passes over a target without trying it; `undefined` when there is no reason to. */
export function reasonToPassOver(prospect: Prospect): Failover | undefined {
  const { target } = prospect;
  switch (prospect.kind) {
    case "promising":
      return undefined;
    case "failed":
      return failoverFrom(target, prospect.failure);
    case "stale":
      return {
        from: target.name,
        code: "STALE",
        reason: `what is known of ${target.name} may be out of date, since its datacenter is out of reach`,
      };
    case "unhealthy":
      return failoverFrom(target, noHealthyEndpoint([target]));
  }
}

/** Says by which failure a target was left for another. */
export function failoverFrom({ name }: RouteTarget, failure: ConnectionFailure): Failover {
  return { from: name, code: failure.code, reason: describe(failure) };
}

/** What it is called when none of the targets has a healthy endpoint; the first gives its name to it. */
export function noHealthyEndpoint(targets: readonly [RouteTarget, ...RouteTarget[]]): ConnectionFailure {
  const endpoints = targets.reduce((sum, target) => sum + target.endpoints.length, 0);
  return { code: "NO_HEALTHY_ENDPOINT", destination: targets[0].name, endpoints, targets: targets.length };
}
