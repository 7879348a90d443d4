/**
 * The only place where bus and proxy meet: a plan reads state, and the table that it makes is served.
 *
 * @example
 * ```ts
 * await runGateway({ name: "terminating-gateway", plan: terminatingGateway });
 * ```
 *
 * @module
 */

export {
  type Registered,
  readAuthorization,
  readCommonFaults,
  readEntries,
  readMeshLocation,
  readOptions,
  readRegistration,
  readRegistrationFaults,
} from "./common-reads.ts";
export { type Compiled, Compiler } from "./compiler.ts";
export type { LeafReport } from "./leaves.ts";
export type { Plan, Waiting } from "./plan.ts";
export type { LeafProgress, Read, Readable } from "./read.ts";
export type { Registration } from "./registration.ts";
export { GatewayConfig, type GatewayDefinition, runGateway } from "./run-gateway.ts";
export { readTargetPlace } from "./target-place.ts";
export { inDatacenter, recordOf, type Watch, watchKey } from "./watch.ts";
export {
  CA_ROOTS,
  DEFAULT_POLICY,
  FEDERATION,
  federationOf,
  ingressOf,
  instancesOf,
  intentionsOf,
  linkOf,
  linksOf,
  MESH,
  MESH_GATEWAYS,
  PROVIDERS,
  PROXY_DEFAULTS,
  providersOf,
  registrationOf,
  resolverOf,
  serviceDefaultsOf,
} from "./watches.ts";
