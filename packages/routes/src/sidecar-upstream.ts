import {
  DEFAULT_NAMESPACE,
  type ServiceDefaultsEntry,
  type ServiceResolverEntry,
  serviceServerName,
  serviceSpiffeId,
  type Upstream,
} from "@causeway/model";
import { endpointsOf } from "./endpoints.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS } from "./gateway-options.ts";
import { isIpAddress } from "./ip-address.ts";
import { type LeafState, type MeshLocation, routeName } from "./mesh-name.ts";
import { OpaqueConfig } from "./opaque-config.ts";
import { type Provider, servingInstances } from "./providers.ts";
import { resolvedTimeoutMs } from "./resolved-timeout.ts";
import type { Listener, Outbound, TlsLimits, Unavailable } from "./route.ts";
import type { CompiledListener } from "./sidecar-public.ts";
import { findSubset } from "./subset.ts";

/** All that decides how a sidecar carries its application's connections to one destination. */
export type UpstreamSide = {
  readonly upstream: Upstream;
  /** The service that calls: its leaf is presented. */
  readonly source: string;
  readonly leaf: LeafState;
  readonly providers: readonly Provider[];
  readonly resolver: ServiceResolverEntry | undefined;
  readonly defaults: ServiceDefaultsEntry | undefined;
  readonly limits: TlsLimits | undefined;
  readonly mesh: MeshLocation;
};

const LOOPBACK = "127.0.0.1";

/** The name of an upstream's listener: no two upstreams of a sidecar bind the same address and port. */
export function upstreamName({ DestinationName, LocalBindAddress, LocalBindPort }: Upstream): string {
  return `${DestinationName}:${LocalBindAddress || LOOPBACK}:${LocalBindPort ?? 0}`;
}

/**
 * Compiles the local listener of one upstream: plain from the application, mTLS to whoever provides the destination, which must prove
 * the destination's SPIFFE ID. What an upstream asks for and cannot have is told, and costs no other upstream.
 */
export function compileUpstream(side: UpstreamSide): CompiledListener {
  const { upstream, resolver } = side;
  const name = upstreamName(upstream);
  const fault = (reason: string): Unavailable => ({ name, reason });
  const obstacle = firstObstacle(side);
  if (obstacle !== undefined) return { listener: undefined, unavailable: [fault(obstacle)] };
  const subset = findSubset(resolver);
  if (subset.kind === "unusable") return { listener: undefined, unavailable: [fault(subset.reason)] };

  const covered = side.providers.flatMap((provider) =>
    servingInstances(provider, upstream.DestinationName, subset.covers),
  );
  const endpoints = endpointsOf(covered, subset.health);
  const config = new OpaqueConfig(upstream.Config);
  const route = {
    name: routeName(upstream.DestinationName, resolver?.DefaultSubset),
    inbound: { kind: "plain" },
    outbound: meshOutbound(side),
    endpoints,
    connectTimeoutMs: connectTimeoutMs(config, resolver),
  } as const;
  const faults = [
    ...(endpoints.length === 0 ? [fault(`no instance takes mesh connections for ${upstream.DestinationName}`)] : []),
    ...(resolver?.Failover === undefined ? [] : [fault("Failover of the service-resolver is not followed")]),
    ...(config.map("limits") === undefined ? [] : [fault("Config.limits is not enforced")]),
    ...config.problems.map(({ key, reason }) => fault(`Config.${key}: ${reason}`)),
  ];
  const { LocalBindAddress, LocalBindPort = 0 } = upstream;
  const listener: Listener = {
    name,
    address: LocalBindAddress || LOOPBACK,
    port: LocalBindPort,
    match: { by: "listener", route },
  };
  return { listener, unavailable: faults };
}

/** Why an upstream can have no listener at all. */
function firstObstacle({ upstream, leaf, resolver, mesh }: UpstreamSide): string | undefined {
  const { DestinationType, Datacenter, LocalBindAddress, LocalBindPort = 0 } = upstream;
  if (DestinationType === "prepared_query") return "prepared queries are not supported yet: name a service";
  if (Datacenter && Datacenter !== mesh.datacenter) {
    return `the datacenter ${Datacenter} is reached through mesh gateways, which are not supported yet`;
  }
  if (resolver?.Redirect !== undefined)
    return "Redirect of the service-resolver needs the discovery chain, not supported yet";
  if (LocalBindPort <= 0) return "LocalBindPort is not set";
  if (LocalBindAddress && !isIpAddress(LocalBindAddress))
    return `LocalBindAddress ${LocalBindAddress} is no IP address`;
  return leaf.ready ? undefined : leaf.reason;
}

function meshOutbound({ upstream, source, resolver, defaults, limits, mesh }: UpstreamSide): Outbound {
  const destination = { service: upstream.DestinationName, ...mesh };
  const ownName = serviceServerName({ ...destination, subset: resolver?.DefaultSubset });
  return {
    kind: "mesh",
    leaf: source,
    // A name that the outside knows the service by replaces the mesh's own altogether.
    serverName: defaults?.ExternalSNI || ownName,
    spiffeIds: [serviceSpiffeId({ ...destination, namespace: DEFAULT_NAMESPACE })],
    ...(limits === undefined ? {} : { limits }),
  };
}

function connectTimeoutMs(config: OpaqueConfig, resolver: ServiceResolverEntry | undefined): number {
  const own = config.integer("connect_timeout_ms") ?? 0;
  if (own > 0) return own;
  return resolvedTimeoutMs(resolver) ?? DEFAULT_CONNECT_TIMEOUT_MS;
}
