import { any, bool, duration, int, listOf, mapOf, type Shaped, string, struct, uint64 } from "../http/go-shape.ts";
import { ProxyShape, ServiceAddressShape, WeightsShape } from "./service-shapes.ts";

/** What clients send back of what they have read; the catalog has its own. */
const INDEXES = { CreateIndex: uint64, ModifyIndex: uint64 };

/** A node, as clients send it in transactions. */
export const NodeShape = struct("api.Node", {
  ID: string,
  Node: string,
  Address: string,
  Datacenter: string,
  TaggedAddresses: mapOf(string),
  Meta: mapOf(string),
  PeerName: string,
  ...INDEXES,
});

/** A service instance without its node. */
export const NodeServiceShape = struct("structs.NodeService", {
  Kind: string,
  ID: string,
  Service: string,
  Tags: listOf(string),
  Address: string,
  TaggedAddresses: mapOf(ServiceAddressShape),
  SocketPath: string,
  Meta: mapOf(string),
  Port: int,
  Weights: WeightsShape,
  EnableTagOverride: bool,
  Proxy: ProxyShape,
  Connect: struct(
    "structs.ServiceConnect",
    { Native: bool, SidecarService: any },
    { sidecar_service: "SidecarService" },
  ),
  ContentHash: string,
  PeerName: string,
  ...INDEXES,
});

/** How a check is made: whoever registers it straight into the catalog makes it itself, and keeps this for others to read. */
const CheckDefinitionShape = struct("structs.HealthCheckDefinition", {
  HTTP: string,
  TLSServerName: string,
  TLSSkipVerify: bool,
  Header: mapOf(listOf(string)),
  Method: string,
  Body: string,
  TCP: string,
  Interval: duration,
  IntervalDuration: duration,
  OutputMaxSize: int,
  Timeout: duration,
  TimeoutDuration: duration,
  DeregisterCriticalServiceAfter: duration,
  DeregisterCriticalServiceAfterDuration: duration,
  ScriptArgs: listOf(string),
  DockerContainerID: string,
  Shell: string,
  GRPC: string,
  GRPCUseTLS: bool,
  AliasNode: string,
  AliasService: string,
  TTL: duration,
});

/** A check with its result. */
export const HealthCheckShape = struct("structs.HealthCheck", {
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
  Interval: string,
  Timeout: string,
  ExposedPort: int,
  Definition: CheckDefinitionShape,
  PeerName: string,
  ...INDEXES,
});
export type HealthCheckBody = Shaped<typeof HealthCheckShape>;

/** The body of `/v1/catalog/register`. */
export const RegisterShape = struct("structs.RegisterRequest", {
  Datacenter: string,
  ID: string,
  Node: string,
  Address: string,
  TaggedAddresses: mapOf(string),
  NodeMeta: mapOf(string),
  Service: NodeServiceShape,
  Check: HealthCheckShape,
  Checks: listOf(HealthCheckShape),
  SkipNodeUpdate: bool,
  PeerName: string,
  Token: string,
  ...INDEXES,
});
export type RegisterBody = Shaped<typeof RegisterShape>;

/** The body of `/v1/catalog/deregister`. */
export const DeregisterShape = struct("structs.DeregisterRequest", {
  Datacenter: string,
  Node: string,
  Address: string,
  ServiceID: string,
  CheckID: string,
  PeerName: string,
  Token: string,
});
