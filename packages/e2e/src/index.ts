/**
 * A whole mesh of real processes for end-to-end tests. All of it ends with `await using`.
 *
 * @example
 * ```ts
 * await using mesh = await startMesh();
 * await using gateway = await mesh.startTerminatingGateway("us-west-gateway");
 * await using web = await mesh.startSidecar("web", { upstreams: ["billing"] });
 * await mesh.agent.registerExternal({ service: "billing", port });
 * await gateway.link({ Name: "billing", CAFile });
 * await eventually(() => call(web.upstream("billing")));
 * ```
 *
 * @module
 */

export { Admin, type LeafReport, type RoutesPage, type Series } from "./admin.ts";
export {
  AgentApi,
  type ApiAnswer,
  type ConfigEntry,
  type ExternalService,
  type GatewayServiceRow,
} from "./agent-api.ts";
export { CAUSEWAY, type CommandResult, runCauseway } from "./command-line.ts";
export { Conversation, openTcp } from "./conversation.ts";
export { type Datacenters, type DatacentersOptions, startDatacenters } from "./datacenters.ts";
export { type Grant, type GrantOptions, grant } from "./grants.ts";
export { type CallOptions, call } from "./http-call.ts";
export { type HttpServer, startHttpServer } from "./http-server.ts";
export { IngressGateway, type IngressListener } from "./ingress-gateway.ts";
export { ACROSS_DATACENTERS_MS, IN_DATACENTER_MS, START_UP_MS } from "./limits.ts";
export { foundInMemory } from "./memory-of.ts";
export { Mesh, type MeshOptions, SERVICES, type ServiceName, startMesh } from "./mesh.ts";
export { MeshGateway, type MeshGatewayOptions } from "./mesh-gateway.ts";
export { type DialOptions, dialMesh, type MeshIdentity, type MeshTrust } from "./mesh-identity.ts";
export { NetworkNamespace } from "./network-namespace.ts";
export { OtlpReceiver, type OtlpTransport } from "./otlp-receiver.ts";
export type { ExportedSpan } from "./otlp-schema.ts";
export { LOOPBACK, loopbackPlace, type Place } from "./place.ts";
export { reservePort } from "./ports.ts";
export { type FoundProcess, processesOf } from "./processes-of.ts";
export { Program } from "./program.ts";
export { credentialsOf, type SecuredDatacenter, secureBus, seedVariables } from "./secured-bus.ts";
export { type MeshGatewayMode, Sidecar, type SidecarOptions, type UpstreamOptions } from "./sidecar.ts";
export { dialledBy } from "./sockets-of.ts";
export { type LinkedService, TerminatingGateway, type TerminatingGatewayOptions } from "./terminating-gateway.ts";
export { TestAuthority } from "./test-authority.ts";
export { type LogLine, ToldProxy, type ToldProxyOptions } from "./told-proxy.ts";
export { Traffic } from "./traffic.ts";
