/**
 * What Consul 1.8 lets an expression say of each kind of record, under the records' JSON names.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/health#filtering
 */
import { boolean, type Fields, integer, listOf, mapOf, string, struct } from "./fields.ts";

const meta = mapOf(string);
const address = struct({ Address: string, Port: integer });
const weights = struct({ Passing: integer, Warning: integer });
const meshGateway = struct({ Mode: string });
const connect = struct({ Native: boolean });
const exposedPath = struct({
  ListenerPort: integer,
  Path: string,
  LocalPathPort: integer,
  Protocol: string,
  ParsedFromCheck: boolean,
});
const expose = struct({ Checks: boolean, Paths: listOf(exposedPath) });
const upstream = struct({
  DestinationType: string,
  DestinationNamespace: string,
  DestinationName: string,
  Datacenter: string,
  LocalBindAddress: string,
  LocalBindPort: integer,
  MeshGateway: meshGateway,
});
const proxy = struct({
  DestinationServiceName: string,
  DestinationServiceID: string,
  LocalServiceAddress: string,
  LocalServicePort: integer,
  Upstreams: listOf(upstream),
  MeshGateway: meshGateway,
  Expose: expose,
});

/** Nodes: `/v1/catalog/nodes`. */
export const nodeFields: Fields = {
  ID: string,
  Node: string,
  Address: string,
  Datacenter: string,
  TaggedAddresses: mapOf(string),
  Meta: meta,
};

/** A node's service instances: `/v1/catalog/node/:node`, `/v1/catalog/node-services/:node`. */
export const nodeServiceFields: Fields = {
  Kind: string,
  ID: string,
  Service: string,
  Tags: listOf(string),
  Address: string,
  TaggedAddresses: mapOf(address),
  Meta: meta,
  Port: integer,
  Weights: weights,
  EnableTagOverride: boolean,
  Proxy: proxy,
  Connect: connect,
};

/** An agent's own service instances: `/v1/agent/services`. */
export const agentServiceFields: Fields = nodeServiceFields;

/** Service instances with their node, in one flat record: `/v1/catalog/service/:service`, `/v1/catalog/connect/:service`. */
export const serviceNodeFields: Fields = {
  ID: string,
  Node: string,
  Address: string,
  Datacenter: string,
  TaggedAddresses: mapOf(string),
  NodeMeta: meta,
  ServiceKind: string,
  ServiceID: string,
  ServiceName: string,
  ServiceTags: listOf(string),
  ServiceAddress: string,
  ServiceTaggedAddresses: mapOf(address),
  ServiceMeta: meta,
  ServicePort: integer,
  ServiceWeights: weights,
  ServiceEnableTagOverride: boolean,
  ServiceProxy: proxy,
  ServiceConnect: connect,
};

/** Health checks: `/v1/health/node/:node`, `/v1/health/checks/:service`, `/v1/health/state/:state`. */
export const healthCheckFields: Fields = {
  Node: string,
  CheckID: string,
  Name: string,
  Status: string,
  Notes: string,
  Output: string,
  ServiceID: string,
  ServiceName: string,
  ServiceTags: listOf(string),
  Type: string,
};

/** An agent's own checks: `/v1/agent/checks`. */
export const agentCheckFields: Fields = healthCheckFields;

/** Instances with node and checks: `/v1/health/service/:service`, `/v1/health/connect/:service`, `/v1/health/ingress/:service`. */
export const checkServiceNodeFields: Fields = {
  Node: struct(nodeFields),
  Service: struct(nodeServiceFields),
  Checks: listOf(struct(healthCheckFields)),
};

/** What the Filter of a service-resolver's subset speaks of. */
export const subsetFields: Fields = checkServiceNodeFields;

/** Nodes with services and checks: `/v1/internal/ui/nodes`. */
export const nodeInfoFields: Fields = {
  ID: string,
  Node: string,
  Address: string,
  TaggedAddresses: mapOf(string),
  Meta: meta,
  Services: listOf(struct(nodeServiceFields)),
  Checks: listOf(struct(healthCheckFields)),
};

/** Intentions: `/v1/connect/intentions`. */
export const intentionFields: Fields = {
  ID: string,
  Description: string,
  SourceNS: string,
  SourceName: string,
  DestinationNS: string,
  DestinationName: string,
  SourceType: string,
  Action: string,
  Precedence: integer,
  Meta: meta,
};

/** Config entries of the kind service-defaults, which later versions of Consul filter: `/v1/config/service-defaults`. */
export const serviceDefaultsFields: Fields = {
  Kind: string,
  Name: string,
  Protocol: string,
  Mode: string,
  MutualTLSMode: string,
  ExternalSNI: string,
  MeshGateway: meshGateway,
  Expose: expose,
  TransparentProxy: struct({ OutboundListenerPort: integer, DialedDirectly: boolean }),
  Destination: struct({ Addresses: listOf(string), Port: integer }),
  MaxInboundConnections: integer,
  LocalConnectTimeoutMs: integer,
  LocalRequestTimeoutMs: integer,
  BalanceInboundConnections: string,
  Meta: meta,
};
