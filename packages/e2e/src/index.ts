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

export { Admin, type LeafReport, type RoutesPage } from "./admin.ts";
export {
  AgentApi,
  type ApiAnswer,
  type ConfigEntry,
  type ExternalService,
  type GatewayServiceRow,
} from "./agent-api.ts";
export { CAUSEWAY, type CommandResult, runCauseway } from "./command-line.ts";
export { Conversation, openTcp } from "./conversation.ts";
export { type CallOptions, call } from "./http-call.ts";
export { type HttpServer, startHttpServer } from "./http-server.ts";
export { IN_DATACENTER_MS, START_UP_MS } from "./limits.ts";
export { Mesh, type MeshOptions, SERVICES, type ServiceName, startMesh } from "./mesh.ts";
export { type DialOptions, dialMesh, type MeshIdentity, type MeshTrust } from "./mesh-identity.ts";
export { reservePort } from "./ports.ts";
export { Program } from "./program.ts";
export {
  type LinkedService,
  Sidecar,
  type SidecarOptions,
  TerminatingGateway,
  type TerminatingGatewayOptions,
} from "./proxies.ts";
export { Traffic } from "./traffic.ts";
