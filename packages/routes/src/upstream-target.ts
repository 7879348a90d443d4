import { DEFAULT_NAMESPACE, type InstanceRecord, serviceSpiffeId } from "@causeway/model";
import type { ChainTarget } from "./discovery-chain/chain.ts";
import { endpointsOf } from "./endpoints.ts";
import { type MeshLocation, routeName } from "./mesh-name.ts";
import { type Provider, servingInstances } from "./providers.ts";
import type { Endpoint, Outbound, RouteTarget, TlsLimits } from "./route.ts";
import { type Subset, usableSubset } from "./subset.ts";
import { type WayOut, wayOut } from "./way-out.ts";

/** What is known of where a target lies. */
export type TargetPlace = {
  /** Whoever takes mesh connections for it, in its own datacenter. */
  readonly providers: readonly Provider[];
  /** The mesh gateways that lead to it; looked at where the way out is through gateways. */
  readonly gateways: readonly InstanceRecord[];
  /** Whether its datacenter can be reached now, so that what is known of it is up to date. */
  readonly reachable: boolean;
};

/** All that decides how connections of an upstream reach one of its targets. */
export type UpstreamTarget = {
  readonly target: ChainTarget;
  readonly place: TargetPlace;
  /** The service that calls: its leaf is presented. */
  readonly source: string;
  readonly limits: TlsLimits | undefined;
  /** Where the caller is. */
  readonly mesh: MeshLocation;
  readonly connectTimeoutMs: number;
};

/** A target, unless it cannot be used at all, and what is wrong with it. */
export type CompiledTarget = { readonly target: RouteTarget | undefined; readonly reasons: readonly string[] };

/**
 * Compiles one target of an upstream: its own instances, or the mesh gateways that lead to them.
 *
 * A gateway counts as healthy only while an instance behind it does. Where the target's datacenter is out of reach, what was last known
 * of it stays in use, marked as stale.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway#modes-of-operation
 */
export function compileUpstreamTarget(side: UpstreamTarget): CompiledTarget {
  const { target, place, mesh, connectTimeoutMs } = side;
  const name = targetName(target, mesh);
  const subset = usableSubset(target.subset, target.definition);
  if (subset.kind === "unusable") return { target: undefined, reasons: [`${name}: ${subset.reason}`] };

  const way = wayOut(target, target.meshGatewayMode, mesh.datacenter);
  const endpoints = endpointsBy(way, side, subset);
  const stale = !place.reachable;
  return {
    target: {
      name,
      outbound: outboundOf(side),
      endpoints,
      connectTimeoutMs,
      ...(way === "direct" ? {} : { way }),
      ...(stale ? { stale } : {}),
    },
    reasons: reasonsOf(way, side, endpoints).map((reason) => `${name}: ${reason}`),
  };
}

function targetName({ service, subset, datacenter }: ChainTarget, mesh: MeshLocation): string {
  const name = routeName(service, subset);
  return datacenter === mesh.datacenter ? name : `${name} in ${datacenter}`;
}

function endpointsBy(
  way: WayOut,
  { target, place, mesh }: UpstreamTarget,
  { covers, health }: Extract<Subset, { kind: "known" }>,
): readonly Endpoint[] {
  const instances = place.providers.flatMap((provider) => servingInstances(provider, target.service, covers));
  const behind = endpointsOf(instances, health, target.datacenter === mesh.datacenter ? "lan" : "wan");
  if (way === "direct") return behind;
  // Of a datacenter that was never reached nothing is known: its gateways may still lead there.
  const unknown = !place.reachable && place.providers.length === 0;
  const served = unknown || behind.some(({ healthy }) => healthy);
  const gateways = endpointsOf(place.gateways, {}, way === "own gateways" ? "lan" : "wan");
  return gateways.map((gateway) => ({ ...gateway, healthy: gateway.healthy && served }));
}

function reasonsOf(way: WayOut, side: UpstreamTarget, endpoints: readonly Endpoint[]): readonly string[] {
  const silent = `the datacenter ${side.target.datacenter} cannot be reached`;
  if (endpoints.length > 0) return side.place.reachable ? [] : [`${silent}; what was last known of it holds`];
  return [side.place.reachable ? nothingAt(way, side) : `${silent}, and nothing is known of a way there`];
}

function nothingAt(way: WayOut, { target, mesh }: UpstreamTarget): string {
  switch (way) {
    case "direct":
      return "no instance takes mesh connections for it";
    case "own gateways":
      return `no mesh gateway is registered in ${mesh.datacenter}`;
    case "target's gateways":
      return `the datacenter ${target.datacenter} has published no mesh gateway`;
  }
}

function outboundOf({ target, source, limits, mesh }: UpstreamTarget): Outbound {
  const { service, datacenter } = target;
  const identity = { service, datacenter, trustDomain: mesh.trustDomain, namespace: DEFAULT_NAMESPACE };
  return {
    kind: "mesh",
    leaf: source,
    serverName: target.serverName,
    spiffeIds: [serviceSpiffeId(identity)],
    ...(limits === undefined ? {} : { limits }),
  };
}
