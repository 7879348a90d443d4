import { type Static, Type } from "typebox";

/** Where connections to other datacenters leave: unset inherits, "none" is an explicit direct dial. */
export const MeshGatewayConfig = Type.Object({
  Mode: Type.Optional(
    Type.Union([Type.Literal(""), Type.Literal("none"), Type.Literal("local"), Type.Literal("remote")]),
  ),
});
export type MeshGatewayConfig = Static<typeof MeshGatewayConfig>;

/** A service that a sidecar's application reaches on a local port. */
export const Upstream = Type.Object({
  DestinationType: Type.Optional(Type.String({ description: '"service" (default) or "prepared_query".' })),
  DestinationNamespace: Type.Optional(Type.String()),
  DestinationName: Type.String(),
  Datacenter: Type.Optional(Type.String()),
  LocalBindAddress: Type.Optional(Type.String({ description: "127.0.0.1 when absent." })),
  LocalBindPort: Type.Optional(Type.Integer()),
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
});
export type ExposePath = Static<typeof ExposePath>;

/** What makes a registration a proxy's or a gateway's; empty for typical services. */
export const ServiceProxy = Type.Object({
  DestinationServiceName: Type.Optional(Type.String()),
  DestinationServiceID: Type.Optional(Type.String()),
  LocalServiceAddress: Type.Optional(Type.String()),
  LocalServicePort: Type.Optional(Type.Integer()),
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
