export { BUCKETS, type BucketDefinition, type BucketId } from "./buckets.ts";
export { CaConfiguration, CaRoot, CaRoots, SealedKey, SignedLeaf } from "./ca.ts";
export {
  CatalogCheck,
  CatalogNode,
  CatalogService,
  CHECK_STATUSES,
  CheckStatus,
  ConnectRecord,
  GatewayServiceRecord,
  InstanceRecord,
  NodeRecord,
  PROVIDER_KINDS,
  SERVICE_KINDS,
  ServiceAddress,
  ServiceKind,
  Weights,
} from "./catalog.ts";
export { CreateModifyIndex, StringMap } from "./common.ts";
export {
  CONFIG_ENTRY_KINDS,
  ConfigEntry,
  type ConfigEntryKind,
  LinkedService,
  MeshEntry,
  ProxyDefaultsEntry,
  ResolverSubset,
  ServiceDefaultsEntry,
  ServiceResolverEntry,
  TerminatingGatewayEntry,
} from "./config-entries.ts";
export { Action, DefaultPolicy, DestinationIntentions, intentionPrecedence, SourceIntention } from "./intention.ts";
export { ExposePath, MeshGatewayConfig, ServiceProxy, Upstream } from "./proxy-registration.ts";
export { DEFAULT_NAMESPACE, datacenterServerName, type ServiceAddressee, serviceServerName } from "./sni.ts";
export { parseServiceSpiffeId, type ServiceIdentity, serviceSpiffeId, signingSpiffeId } from "./spiffe.ts";
export { ANY_TOKEN, EMPTY_TOKEN, fromKeyToken, keyOf, keyToken, namesOf } from "./tokens.ts";
export {
  DeregisterRequest,
  IntentionRequest,
  RegisterRequest,
  type Reply,
  type Request,
  VERBS,
  type Verb,
  verbSubject,
  Written,
} from "./verbs.ts";
