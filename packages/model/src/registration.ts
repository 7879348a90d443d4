import { StringMap } from "./common.ts";
import { type Static, type TSchema, Type } from "./schema.ts";

/** A field that may be left out, or null, which clients in Go send for it. */
const Lax = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const Opaque = Type.Record(Type.String(), Type.Unknown());
const ModeRegistration = Lax(Type.Object({ Mode: Lax(Type.String()) }));

/** A sidecar's local listener, as it is registered. */
export const UpstreamRegistration = Type.Object({
  DestinationType: Lax(Type.String()),
  DestinationNamespace: Lax(Type.String()),
  DestinationName: Lax(Type.String()),
  Datacenter: Lax(Type.String()),
  DestinationPeer: Lax(Type.String()),
  LocalBindAddress: Lax(Type.String()),
  LocalBindPort: Lax(Type.Integer()),
  LocalBindSocketPath: Lax(Type.String()),
  Config: Lax(Opaque),
  MeshGateway: ModeRegistration,
});
export type UpstreamRegistration = Static<typeof UpstreamRegistration>;

/** What makes a registration a proxy's or a gateway's. */
export const ProxyRegistration = Type.Object({
  DestinationServiceName: Lax(Type.String()),
  DestinationServiceID: Lax(Type.String()),
  LocalServiceAddress: Lax(Type.String()),
  LocalServicePort: Lax(Type.Integer()),
  LocalServiceSocketPath: Lax(Type.String()),
  Config: Lax(Opaque),
  Upstreams: Lax(Type.Array(UpstreamRegistration)),
  MeshGateway: ModeRegistration,
  Expose: Lax(
    Type.Object({
      Checks: Lax(Type.Boolean()),
      Paths: Lax(
        Type.Array(
          Type.Object({
            Path: Lax(Type.String()),
            ListenerPort: Lax(Type.Integer()),
            LocalPathPort: Lax(Type.Integer()),
            Protocol: Lax(Type.String()),
            ParsedFromCheck: Lax(Type.Boolean()),
          }),
        ),
      ),
    }),
  ),
});
export type ProxyRegistration = Static<typeof ProxyRegistration>;

/** A service as it is registered: the catalog fills in what is missing. */
export const ServiceRegistration = Type.Object({
  Kind: Lax(Type.String()),
  ID: Lax(Type.String({ description: "The service's name when missing." })),
  Service: Lax(Type.String()),
  Tags: Lax(Type.Array(Type.String())),
  Address: Lax(Type.String()),
  Port: Lax(Type.Integer()),
  SocketPath: Lax(Type.String()),
  TaggedAddresses: Lax(
    Type.Record(Type.String(), Type.Object({ Address: Lax(Type.String()), Port: Lax(Type.Integer()) })),
  ),
  Meta: Lax(StringMap),
  Weights: Lax(Type.Object({ Passing: Lax(Type.Integer()), Warning: Lax(Type.Integer()) })),
  EnableTagOverride: Lax(Type.Boolean()),
  Proxy: Lax(ProxyRegistration),
  Connect: Lax(Type.Object({ Native: Lax(Type.Boolean()), SidecarService: Type.Optional(Type.Unknown()) })),
  PeerName: Lax(Type.String()),
});
export type ServiceRegistration = Static<typeof ServiceRegistration>;

/** A check as it is registered, with its result. */
export const CheckRegistration = Type.Object({
  Node: Lax(Type.String({ description: "The registration's node when missing." })),
  CheckID: Lax(Type.String({ description: "The check's name when missing." })),
  Name: Lax(Type.String()),
  Status: Lax(Type.String({ description: '"critical" when missing.' })),
  Notes: Lax(Type.String()),
  Output: Lax(Type.String()),
  ServiceID: Lax(Type.String()),
  Type: Lax(Type.String()),
  Definition: Lax(Opaque),
  PeerName: Lax(Type.String()),
});
export type CheckRegistration = Static<typeof CheckRegistration>;

/** A registration as it comes in; the catalog fills in defaults and refuses what Consul refuses. */
export const RegisterRequest = Type.Object({
  ID: Lax(Type.String({ description: "The node's UUID, if it has one." })),
  Node: Lax(Type.String()),
  Address: Lax(Type.String()),
  TaggedAddresses: Lax(StringMap),
  NodeMeta: Lax(StringMap),
  SkipNodeUpdate: Lax(Type.Boolean({ description: "Leaves a node that exists as it is." })),
  Service: Lax(ServiceRegistration),
  Check: Lax(CheckRegistration),
  Checks: Lax(Type.Array(CheckRegistration)),
  PeerName: Lax(Type.String()),
});
export type RegisterRequest = Static<typeof RegisterRequest>;

/** Takes away a whole node, or one service or one check of it. */
export const DeregisterRequest = Type.Object({
  Node: Lax(Type.String()),
  ServiceID: Lax(Type.String()),
  CheckID: Lax(Type.String()),
});
export type DeregisterRequest = Static<typeof DeregisterRequest>;
