import { any, bool, int, listOf, mapOf, string, struct } from "../http/go-shape.ts";

const MeshGatewayShape = struct("structs.MeshGatewayConfig", { Mode: string });

const UpstreamShape = struct(
  "structs.Upstream",
  {
    DestinationType: string,
    DestinationNamespace: string,
    DestinationName: string,
    Datacenter: string,
    LocalBindAddress: string,
    LocalBindPort: int,
    Config: mapOf(any),
    MeshGateway: MeshGatewayShape,
  },
  {
    destination_type: "DestinationType",
    destination_namespace: "DestinationNamespace",
    destination_name: "DestinationName",
    local_bind_address: "LocalBindAddress",
    local_bind_port: "LocalBindPort",
    mesh_gateway: "MeshGateway",
  },
);

const ExposeShape = struct("structs.ExposeConfig", {
  Checks: bool,
  Paths: listOf(
    struct(
      "structs.ExposePath",
      { Path: string, ListenerPort: int, LocalPathPort: int, Protocol: string, ParsedFromCheck: bool },
      { listener_port: "ListenerPort", local_path_port: "LocalPathPort" },
    ),
  ),
});

/** What makes a service a proxy or a gateway. */
export const ProxyShape = struct(
  "structs.ConnectProxyConfig",
  {
    DestinationServiceName: string,
    DestinationServiceID: string,
    LocalServiceAddress: string,
    LocalServicePort: int,
    Config: mapOf(any),
    Upstreams: listOf(UpstreamShape),
    MeshGateway: MeshGatewayShape,
    Expose: ExposeShape,
  },
  {
    destination_service_name: "DestinationServiceName",
    destination_service_id: "DestinationServiceID",
    local_service_address: "LocalServiceAddress",
    local_service_port: "LocalServicePort",
    mesh_gateway: "MeshGateway",
  },
);

export const WeightsShape = struct("structs.Weights", { Passing: int, Warning: int });

/** An address with a port, under which a service is also known. */
export const ServiceAddressShape = struct("structs.ServiceAddress", { Address: string, Port: int });
