import { type Static, Type } from "./schema.ts";

/** Where connections to other datacenters leave: unset inherits, "none" is an explicit direct dial. */
export const MeshGatewayConfig = Type.Object({
  Mode: Type.Optional(
    Type.String({ description: '"none", "local" or "remote"; anything else is kept as written, and counts as unset.' }),
  ),
});
export type MeshGatewayConfig = Static<typeof MeshGatewayConfig>;

/** A service that a sidecar's application reaches on a local port. */
export const Upstream = Type.Object({
  DestinationType: Type.Optional(Type.String({ description: '"service" (default) or "prepared_query".' })),
  DestinationNamespace: Type.Optional(Type.String()),
  DestinationName: Type.String(),
  Datacenter: Type.Optional(Type.String()),
  DestinationPeer: Type.Optional(Type.String()),
  LocalBindAddress: Type.Optional(Type.String({ description: "127.0.0.1 when absent." })),
  LocalBindPort: Type.Optional(Type.Integer()),
  LocalBindSocketPath: Type.Optional(Type.String({ description: "Unix socket instead of an address and a port." })),
  Config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  MeshGateway: Type.Optional(MeshGatewayConfig),
});
export type Upstream = Static<typeof Upstream>;

/** A path of the application that answers without mesh identity, such as a health check. */
export const ExposePath = Type.Object({
  Path: Type.Optional(Type.String()),
  ListenerPort: Type.Optional(Type.Integer()),
  LocalPathPort: Type.Optional(Type.Integer()),
  Protocol: Type.Optional(Type.String()),
  ParsedFromCheck: Type.Optional(Type.Boolean({ description: "True when an agent made it from a check." })),
});
export type ExposePath = Static<typeof ExposePath>;

/** What makes a registration a proxy's or a gateway's; for typical services `MeshGateway` and `Expose` are there, and empty. */
export const ServiceProxy = Type.Object({
  DestinationServiceName: Type.Optional(Type.String()),
  DestinationServiceID: Type.Optional(Type.String()),
  LocalServiceAddress: Type.Optional(Type.String()),
  LocalServicePort: Type.Optional(Type.Integer()),
  LocalServiceSocketPath: Type.Optional(Type.String()),
  Config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  Upstreams: Type.Optional(Type.Array(Upstream)),
  MeshGateway: Type.Optional(MeshGatewayConfig),
  Expose: Type.Optional(
    Type.Object({
      Checks: Type.Optional(Type.Boolean()),
      Paths: Type.Optional(Type.Array(ExposePath)),
    }),
  ),
});
export type ServiceProxy = Static<typeof ServiceProxy>;
