import {
  type CatalogService,
  type GatewayServiceRecord,
  type InstanceRecord,
  type ServiceResolverEntry,
  serviceServerName,
} from "@causeway/model";
import { endpointsOf } from "./endpoints.ts";
import { gatewayBinds } from "./gateway-binds.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { type LeafState, type MeshLocation, routeName } from "./mesh-name.ts";
import { byText } from "./order.ts";
import { resolvedTimeoutMs } from "./resolved-timeout.ts";
import type { Authorization, Outbound, Route, RouteTable, TlsLimits, Unavailable } from "./route.ts";
import { findSubset } from "./subset.ts";

/** All that decides the routes of one service that a terminating gateway is linked to. */
export type LinkedService = {
  readonly link: GatewayServiceRecord;
  /** Every instance registered under the service's name, sidecars' applications included. */
  readonly instances: readonly InstanceRecord[];
  /** Instances of the service's sidecar proxies; only looked at with the option `onlyOutsideMesh`. */
  readonly sidecars: readonly InstanceRecord[];
  readonly resolver: ServiceResolverEntry | undefined;
  readonly authorization: Authorization;
  /** The leaf for the linked service's own identity. */
  readonly leaf: LeafState;
  readonly limits: TlsLimits | undefined;
  readonly options: GatewayOptions;
  readonly mesh: MeshLocation;
};

/** A route and the server name that it is asked for by. */
export type NamedRoute = { readonly serverName: string; readonly subset: string | undefined; readonly route: Route };

/** The routes of one service, and what of it cannot be had. */
export type CompiledService = {
  readonly service: string;
  readonly routes: readonly NamedRoute[];
  readonly unavailable: readonly Unavailable[];
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
  const routes: NamedRoute[] = [];
  const unavailable: Unavailable[] = [];
  for (const subset of [undefined, ...Object.keys(resolver?.Subsets ?? {}).sort(byText)]) {
    const name = routeName(link.Service, subset);
    const found = findSubset(resolver, subset);
    if (found.kind === "unusable") {
      unavailable.push({ name, reason: found.reason });
      continue;
    }
    const endpoints = endpointsOf(outsideInstances(service).filter(found.covers), found.health);
    if (endpoints.length === 0) unavailable.push({ name, reason: "no instance is registered" });
    const serverName = serviceServerName({ service: link.Service, subset, ...mesh });
    routes.push({ serverName, subset, route: { ...carriage(service), name, endpoints } });
  }
  return { service: link.Service, routes, unavailable };
}

function carriage({
  link,
  authorization,
  limits,
  resolver,
  options,
}: LinkedService): Omit<Route, "name" | "endpoints"> {
  const { connectTimeoutMs, keepalive } = options;
  return {
    inbound: { kind: "mtls", leaf: link.Service, authorization, ...(limits === undefined ? {} : { limits }) },
    outbound: originatedTls(link),
    connectTimeoutMs: resolvedTimeoutMs(resolver) ?? connectTimeoutMs,
    ...(keepalive === undefined ? {} : { keepalive }),
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

/** A terminating gateway's whole table: what it is registered as, and the services that it is linked to, in any order. */
export function terminatingGatewayTable(gateway: {
  readonly service: CatalogService;
  readonly options: GatewayOptions;
  readonly compiled: readonly CompiledService[];
  readonly unavailable?: readonly Unavailable[];
}): RouteTable {
  const { service, options, compiled, unavailable = [] } = gateway;
  const { routes, clashes } = joinRoutes(compiled);
  const bound = gatewayBinds(service, options);
  const problems = [
    ...unavailable,
    ...options.problems.map(({ key, reason }) => ({ name: `Proxy.Config.${key}`, reason })),
    ...bound.unavailable,
    ...compiled.flatMap((part) => part.unavailable),
    ...clashes,
  ];
  return {
    listeners: bound.binds.map((bind) => ({ ...bind, match: { by: "sni", routes } })),
    unavailable: problems.sort((a, b) => byText(a.name, b.name) || byText(a.reason, b.reason)),
  };
}

/**
 * Puts all routes into one map by server name. A dot in a service's name can make it look like a subset of another's: a service's own
 * name then goes before a subset's, so that the order of services never matters.
 */
function joinRoutes(compiled: readonly CompiledService[]) {
  const routes = new Map<string, Route>();
  const clashes: Unavailable[] = [];
  const named = compiled.flatMap((service) => service.routes);
  for (const { serverName, route } of named.filter(({ subset }) => subset === undefined)) routes.set(serverName, route);
  for (const { serverName, route } of named.filter(({ subset }) => subset !== undefined)) {
    const other = routes.get(serverName);
    if (other === undefined) routes.set(serverName, route);
    else clashes.push({ name: route.name, reason: `${serverName} is the server name of the service ${other.name}` });
  }
  return { routes, clashes };
}
