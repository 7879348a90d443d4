export {
  AclBootstrapped,
  type AclLink,
  AclNodeIdentity,
  AclPolicy,
  AclPolicyRequest,
  AclRole,
  AclRoleRequest,
  AclServiceIdentity,
  AclToken,
  AclTokenRequest,
  ANONYMOUS_ACCESSOR_ID,
  ANONYMOUS_SECRET,
  GLOBAL_MANAGEMENT_ID,
} from "./acl.ts";
export { BUCKETS, type BucketDefinition, type BucketId } from "./buckets.ts";
export {
  type BusPermissions,
  type BusPlace,
  inboxPrefix,
  leafPermissions,
  permissionsOf,
  queueOf,
} from "./bus-permissions.ts";
export { BUS_ROLES, type BusRole, type BusRoleName, busRole, LEAF, OPERATOR } from "./bus-roles.ts";
export {
  CaConfiguration,
  CaRoot,
  CaRoots,
  SealedIntermediate,
  SealedKey,
  SignedIntermediate,
  SignedLeaf,
} from "./ca.ts";
export {
  CatalogCheck,
  CatalogNode,
  CatalogService,
  CHECK_STATUSES,
  CheckStatus,
  ConnectRecord,
  GatewayServiceRecord,
  InstanceRecord,
  MeshGatewayRecord,
  NodeRecord,
  PROVIDER_KINDS,
  SERVICE_KINDS,
  ServiceAddress,
  ServiceKind,
  Weights,
} from "./catalog.ts";
export { CATALOG_PARTS, CatalogOperation, CatalogResult, CatalogTransacted } from "./catalog-transaction.ts";
export { CreateModifyIndex, StringMap } from "./common.ts";
export {
  CONFIG_ENTRY_KINDS,
  ConfigEntry,
  type ConfigEntryKind,
  IngressGatewayEntry,
  IngressListener,
  IngressService,
  LinkedService,
  MeshEntry,
  ProxyDefaultsEntry,
  ResolverSubset,
  ServiceDefaultsEntry,
  ServiceResolverEntry,
  ServiceRoute,
  ServiceRouterEntry,
  ServiceSplit,
  ServiceSplitterEntry,
  TerminatingGatewayEntry,
  UpstreamDefaults,
  UpstreamOverride,
} from "./config-entries.ts";
export { errorList, quoted } from "./error-list.ts";
export { FederationState } from "./federation.ts";
export { durationNs, durationText } from "./go-duration.ts";
export { withIndexes } from "./indexes.ts";
export {
  Action,
  compareIntentions,
  DefaultPolicy,
  DestinationIntentions,
  type IntentionPair,
  intentionPrecedence,
  SourceIntention,
} from "./intention.ts";
export {
  KV_VERBS,
  KvEntry,
  KvOperation,
  KvPutRequest,
  KvResult,
  KvTransacted,
  LockDelay,
  MAX_KV_TOKEN_BYTES,
  MAX_KV_VALUE_BYTES,
  MAX_TRANSACTION_OPERATIONS,
  SessionRecord,
  SessionRenewal,
  SessionRequest,
} from "./kv.ts";
export {
  AgentBeat,
  AgentRecord,
  aliveSubject,
  COMPATIBLE_VERSION,
  JoinRequest,
  SERF_CHECK,
  SERVER_PORT,
  SERVER_SERVICE,
  serfCheck,
  serverService,
} from "./membership.ts";
export { metaProblems, registeredMetaProblem } from "./meta.ts";
export { type Misfit, misfitOf } from "./misfit.ts";
export { ExposePath, MeshGatewayConfig, ServiceProxy, Upstream } from "./proxy-registration.ts";
export {
  CheckRegistration,
  DeregisterRequest,
  ProxyRegistration,
  RegisterRequest,
  ServiceRegistration,
  UpstreamRegistration,
} from "./registration.ts";
export { type JsonSchema, type Static, type TObject, type TSchema, Type } from "./schema.ts";
export { serviceProblems } from "./service-rules.ts";
export { DEFAULT_NAMESPACE, datacenterServerName, type ServiceAddressee, serviceServerName } from "./sni.ts";
export { parseServiceSpiffeId, type ServiceIdentity, serviceSpiffeId, signingSpiffeId } from "./spiffe.ts";
export { ANY_TOKEN, EMPTY_TOKEN, fromKeyToken, keyOf, keyToken, namesOf } from "./tokens.ts";
export { eventSubject, MAX_EVENT_BYTES, UserEvent } from "./user-event.ts";
export {
  HEARTBEATS,
  heartbeatSubject,
  IntentionRequest,
  isGlobal,
  pingSubject,
  type Reply,
  type Request,
  VERBS,
  type Verb,
  verbSubject,
  Written,
} from "./verbs.ts";
export { type WeakField, type WeaklyDecoded, type WeakShape, weakDecode } from "./weak-decode.ts";
