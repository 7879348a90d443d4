import { CreateModifyIndex, StringMap } from "./common.ts";
import { ServiceProxy } from "./proxy-registration.ts";
import { type Static, Type } from "./schema.ts";

/** What a service instance is: "" is a typical service. */
export const SERVICE_KINDS = ["", "connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway"] as const;
export const ServiceKind = Type.Enum(SERVICE_KINDS);
export type ServiceKind = Static<typeof ServiceKind>;

/** Check results, best first. "maintenance" is a critical check with a reserved name, not a status. */
export const CHECK_STATUSES = ["passing", "warning", "critical"] as const;
export const CheckStatus = Type.Enum(CHECK_STATUSES);
export type CheckStatus = Static<typeof CheckStatus>;

/** An address under which a service instance is also known, such as "lan" or "wan". */
export const ServiceAddress = Type.Object({ Address: Type.String(), Port: Type.Integer() });
export type ServiceAddress = Static<typeof ServiceAddress>;

/** Load-balancing shares by health. */
export const Weights = Type.Object({ Passing: Type.Integer(), Warning: Type.Integer() });
export type Weights = Static<typeof Weights>;

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** A machine, virtual or real, that service instances are registered on; an external node is managed by no agent. */
export const CatalogNode = Type.Object({
  ID: Type.String(),
  Node: Type.String({ minLength: 1 }),
  Address: Type.String(),
  Datacenter: Type.String(),
  TaggedAddresses: Nullable(StringMap),
  Meta: Nullable(StringMap),
  ...CreateModifyIndex,
});
export type CatalogNode = Static<typeof CatalogNode>;

/** One instance of a service, as registered. */
export const CatalogService = Type.Object({
  Kind: ServiceKind,
  ID: Type.String({ minLength: 1 }),
  Service: Type.String({ minLength: 1 }),
  Tags: Type.Array(Type.String()),
  Address: Type.String(),
  Port: Type.Integer(),
  SocketPath: Type.Optional(Type.String()),
  TaggedAddresses: Type.Optional(Type.Record(Type.String(), ServiceAddress)),
  Meta: Nullable(StringMap),
  Weights,
  EnableTagOverride: Type.Boolean(),
  Proxy: ServiceProxy,
  Connect: Type.Object({ Native: Type.Optional(Type.Boolean()) }),
  ...CreateModifyIndex,
});
export type CatalogService = Static<typeof CatalogService>;

/** A health check and its last result; one without ServiceID speaks for the whole node. */
export const CatalogCheck = Type.Object({
  Node: Type.String(),
  CheckID: Type.String({ minLength: 1 }),
  Name: Type.String(),
  Status: CheckStatus,
  Notes: Type.String(),
  Output: Type.String(),
  ServiceID: Type.String(),
  ServiceName: Type.String(),
  ServiceTags: Type.Array(Type.String()),
  Type: Type.String(),
  Definition: Type.Record(Type.String(), Type.Unknown()),
  ...CreateModifyIndex,
});
export type CatalogCheck = Static<typeof CatalogCheck>;

/** Key `node.<node>`: a node and the checks that speak for all of it. */
export const NodeRecord = Type.Object({ Node: CatalogNode, Checks: Type.Array(CatalogCheck) });
export type NodeRecord = Static<typeof NodeRecord>;

/**
 * Key `instance.<service>.<node>.<ID>`: one service instance, whole in itself, so that whoever routes to a service watches only that
 * service. `Node` and `NodeChecks` are copies of the node's record, which the catalog renews when that changes.
 */
export const InstanceRecord = Type.Object({
  Node: CatalogNode,
  Service: CatalogService,
  Checks: Type.Array(CatalogCheck),
  NodeChecks: Type.Array(CatalogCheck),
});
export type InstanceRecord = Static<typeof InstanceRecord>;

/**
 * Key `gateway-service.<gateway>.<service>`, for an ingress gateway with `.<port>` after it: a service that a gateway represents, derived
 * from its config entry and the catalog.
 */
export const GatewayServiceRecord = Type.Object({
  Gateway: Type.String(),
  Service: Type.String(),
  GatewayKind: ServiceKind,
  Port: Type.Optional(Type.Integer({ description: "Of an ingress gateway's listener, as are protocol and hosts." })),
  Protocol: Type.Optional(Type.String()),
  Hosts: Type.Optional(Type.Array(Type.String())),
  CAFile: Type.Optional(Type.String()),
  CertFile: Type.Optional(Type.String()),
  KeyFile: Type.Optional(Type.String()),
  SNI: Type.Optional(Type.String()),
  FromWildcard: Type.Optional(Type.Boolean()),
  Slot: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        "Of a terminating gateway's link, and of no other link of that gateway for as long as this one lasts.",
    }),
  ),
  ...CreateModifyIndex,
});
export type GatewayServiceRecord = Static<typeof GatewayServiceRecord>;

/** How a provider serves a destination inside the mesh. */
export const PROVIDER_KINDS = ["connect-proxy", "native", "terminating-gateway"] as const;

/**
 * Key `connect.<destination>.<provider>`: instances of the service `Provider` take mesh connections for `Destination`, as its
 * sidecars, by themselves, or as a terminating gateway linked to it. Derived; a dialler watches the destination's rows, then the
 * instances of the providers that they name.
 */
export const ConnectRecord = Type.Object({
  Destination: Type.String(),
  Provider: Type.String(),
  Kind: Type.Enum(PROVIDER_KINDS),
});
export type ConnectRecord = Static<typeof ConnectRecord>;

/**
 * Key `mesh-gateway.<service>`: the service has an instance that is a mesh gateway. Derived; whoever looks for the gateways of this
 * datacenter watches these rows, then the instances of the services that they name.
 */
export const MeshGatewayRecord = Type.Object({ Service: Type.String() });
export type MeshGatewayRecord = Static<typeof MeshGatewayRecord>;
