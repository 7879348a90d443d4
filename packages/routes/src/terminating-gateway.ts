import type { GatewayServiceRecord, InstanceRecord, ServiceResolverEntry } from "@causeway/model";
import { routeProtocol } from "./discovery-chain/chain-protocol.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { LeafState, MeshLocation } from "./mesh-name.ts";
import { resolvedTimeoutMs } from "./resolved-timeout.ts";
import type { Authorization, Outbound, Route, TlsLimits } from "./route.ts";
import { type CompiledService, serviceRoutes } from "./service-routes.ts";

/** All that decides the routes of one service that a terminating gateway is linked to. */
export type LinkedService = {
  readonly link: GatewayServiceRecord;
  /** Every instance registered under the service's name, sidecars' applications included. */
  readonly instances: readonly InstanceRecord[];
  /** Instances of the service's sidecar proxies; only looked at with the option `onlyOutsideMesh`. */
  readonly sidecars: readonly InstanceRecord[];
  readonly resolver: ServiceResolverEntry | undefined;
  /** What it speaks by the config entries. */
  readonly protocol: string;
  readonly authorization: Authorization;
  /** The leaf for the linked service's own identity. */
  readonly leaf: LeafState;
  readonly limits: TlsLimits | undefined;
  readonly options: GatewayOptions;
  readonly mesh: MeshLocation;
};

/**
 * Compiles the routes of one linked service: one under its own name, for its default subset or all instances, and one for each subset.
 *
 * Whatever cannot be compiled only costs its own route. Instances that are unhealthy stay in the route, marked.
 */
export function compileLinkedService(service: LinkedService): CompiledService {
  const { link, leaf, resolver, mesh } = service;
  if (!leaf.ready)
    return { service: link.Service, routes: [], unavailable: [{ name: link.Service, reason: leaf.reason }] };
  return serviceRoutes({
    service: link.Service,
    resolver,
    mesh,
    carriage: carriage(service),
    instances: (covers) => outsideInstances(service).filter(covers),
    noInstance: "no instance is registered",
  });
}

function carriage({
  link,
  authorization,
  limits,
  resolver,
  options,
  protocol,
}: LinkedService): Omit<Route, "name" | "endpoints"> {
  const { connectTimeoutMs, keepalive } = options;
  return {
    inbound: { kind: "mtls", leaf: link.Service, authorization, ...(limits === undefined ? {} : { limits }) },
    outbound: originatedTls(link),
    connectTimeoutMs: resolvedTimeoutMs(resolver) ?? connectTimeoutMs,
    ...(keepalive === undefined ? {} : { keepalive }),
    ...routeProtocol(protocol),
  };
}

/** A CA file alone decides that TLS is spoken to the instances; a server name without one changes nothing, as in Consul. */
function originatedTls({ CAFile, CertFile, KeyFile, SNI }: GatewayServiceRecord): Outbound {
  if (!CAFile) return { kind: "plain" };
  const files = { caFile: CAFile, ...(SNI ? { serverName: SNI } : {}) };
  if (!CertFile || !KeyFile) return { kind: "tls", ...files };
  return { kind: "mtls", certFile: CertFile, keyFile: KeyFile, ...files };
}

function outsideInstances({ instances, sidecars, options }: LinkedService): readonly InstanceRecord[] {
  if (!options.onlyOutsideMesh) return instances;
  const place = (node: string, id: string) => JSON.stringify([node, id]);
  const meshed = new Set(
    sidecars.map(({ Node, Service }) => place(Node.Node, Service.Proxy.DestinationServiceID ?? "")),
  );
  return instances.filter(
    ({ Node, Service }) => Service.Connect.Native !== true && !meshed.has(place(Node.Node, Service.ID)),
  );
}
