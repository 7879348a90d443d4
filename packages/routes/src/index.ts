/**
 * Pure: what is registered and configured goes in, what a proxy does comes out.
 *
 * @example
 * ```ts
 * const options = readGatewayOptions(service.Proxy.Config, proxyDefaults?.Config);
 * const db = compileLinkedService({ link, instances, sidecars: [], resolver, protocol, authorization, leaf, limits, options, mesh });
 * const table = gatewayTable({ service, options, compiled: [db] });
 * ```
 *
 * @module
 */

export { type BestAddress, bestAddress, type Network } from "./best-address.ts";
export {
  type ChainNode,
  type ChainTarget,
  type DiscoveryChain,
  nodeName,
} from "./discovery-chain/chain.ts";
export type { ChainEntries } from "./discovery-chain/chain-entries.ts";
export { describeChainProblem } from "./discovery-chain/chain-problem.ts";
export { protocolOf } from "./discovery-chain/chain-protocol.ts";
export { type CompiledChain, compileChain } from "./discovery-chain/compile-chain.ts";
export type { ChainOverrides } from "./discovery-chain/customization.ts";
export { endpointsOf } from "./endpoints.ts";
export { type Bind, gatewayBinds } from "./gateway-binds.ts";
export { type BindAddress, type GatewayOptions, readGatewayOptions } from "./gateway-options.ts";
export { gatewayTable } from "./gateway-table.ts";
export { ingressDnsNames } from "./ingress-names.ts";
export {
  type CompiledIngressService,
  compileIngressService,
  type ExposedService,
  type IngressProtocol,
  type IngressSide,
  ingressProtocol,
} from "./ingress-service.ts";
export { type CompiledIngress, type IngressPort, ingressTable } from "./ingress-table.ts";
export { type HealthRule, type InstanceHealth, instanceHealth, worstStatus } from "./instance-health.ts";
export { isIpAddress } from "./ip-address.ts";
export { leafName } from "./leaf-name.ts";
export { compileMeshService, type MeshService } from "./mesh-gateway.ts";
export { type MeshGatewayMode, meshGatewayMode } from "./mesh-gateway-mode.ts";
export { authorizationFor, type LeafState, type MeshLocation, routeName } from "./mesh-name.ts";
export { OpaqueConfig, type OptionProblem } from "./opaque-config.ts";
export type { Provider } from "./providers.ts";
export { compileRemoteDatacenter, type RemoteDatacenter } from "./remote-datacenter.ts";
export type {
  Authorization,
  Endpoint,
  HttpProtocol,
  Inbound,
  Keepalive,
  Listener,
  Outbound,
  OutsideInbound,
  Route,
  RouteTable,
  RouteTarget,
  TlsFiles,
  TlsLimits,
  TlsVersion,
  Unavailable,
} from "./route.ts";
export { type ServicePort, type SlottedLink, servicePortsOf } from "./service-port.ts";
export type { ServicePorts } from "./service-ports.ts";
export type { CompiledService, NamedRoute } from "./service-routes.ts";
export { type CompiledListener, compilePublicListener, PUBLIC_LISTENER, type PublicSide } from "./sidecar-public.ts";
export { sidecarTable } from "./sidecar-table.ts";
export { compileUpstream, type UpstreamSide, upstreamName } from "./sidecar-upstream.ts";
export { findSubset, type Subset } from "./subset.ts";
export { compileLinkedService, type LinkedService } from "./terminating-gateway.ts";
export { type MeshDirection, type MeshTls, meshTls } from "./tls-limits.ts";
export { type UpstreamCaller, type UpstreamChain, upstreamChain } from "./upstream-chain.ts";
export {
  describeModeSource,
  type ModeLevels,
  type ModeSource,
  type UpstreamGatewayMode,
  upstreamGatewayMode,
} from "./upstream-gateway-mode.ts";
export { upstreamOverride } from "./upstream-override.ts";
export type { TargetPlace } from "./upstream-target.ts";
export { type GatewayWay, type WayOut, wayOut } from "./way-out.ts";
