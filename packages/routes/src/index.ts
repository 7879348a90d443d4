/**
 * Pure: what is registered and configured goes in, what a proxy does comes out.
 *
 * @example
 * ```ts
 * const options = readGatewayOptions(service.Proxy.Config, proxyDefaults?.Config);
 * const db = compileLinkedService({ link, instances, sidecars: [], resolver, authorization, leaf, limits, options, mesh });
 * const table = terminatingGatewayTable({ service, options, compiled: [db] });
 * ```
 *
 * @module
 */

export { type BestAddress, bestAddress, type Network } from "./best-address.ts";
export { endpointsOf } from "./endpoints.ts";
export { type Bind, gatewayBinds } from "./gateway-binds.ts";
export { type BindAddress, type GatewayOptions, readGatewayOptions } from "./gateway-options.ts";
export { type HealthRule, type InstanceHealth, instanceHealth, worstStatus } from "./instance-health.ts";
export { isIpAddress } from "./ip-address.ts";
export { authorizationFor, type LeafState, type MeshLocation, routeName } from "./mesh-name.ts";
export { OpaqueConfig, type OptionProblem } from "./opaque-config.ts";
export type {
  Authorization,
  Endpoint,
  Inbound,
  Keepalive,
  Listener,
  Outbound,
  Route,
  RouteTable,
  TlsFiles,
  TlsLimits,
  TlsVersion,
  Unavailable,
} from "./route.ts";
export { type CompiledListener, compilePublicListener, PUBLIC_LISTENER, type PublicSide } from "./sidecar-public.ts";
export { sidecarTable } from "./sidecar-table.ts";
export { compileUpstream, type Provider, type UpstreamSide, upstreamName } from "./sidecar-upstream.ts";
export { findSubset, type Subset } from "./subset.ts";
export {
  type CompiledService,
  compileLinkedService,
  type LinkedService,
  type NamedRoute,
  terminatingGatewayTable,
} from "./terminating-gateway.ts";
export { type MeshDirection, type MeshTls, meshTls } from "./tls-limits.ts";
