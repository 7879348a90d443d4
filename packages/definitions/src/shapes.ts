import type { WeakShape } from "@causeway/model";

/** A check, under the names that the HTTP API has for its fields. */
const CHECK: WeakShape = {
  ID: "text",
  CheckID: "text",
  Name: "text",
  Notes: "text",
  ServiceID: "text",
  Status: "text",
  Token: "text",
  Args: "texts",
  ScriptArgs: "texts",
  HTTP: "text",
  Header: "opaque map",
  Method: "text",
  Body: "text",
  DisableRedirects: "flag",
  TCP: "text",
  UDP: "text",
  GRPC: "text",
  GRPCUseTLS: "flag",
  H2PING: "text",
  H2PingUseTLS: "flag",
  TLSSkipVerify: "flag",
  AliasNode: "text",
  AliasService: "text",
  DockerContainerID: "text",
  Shell: "text",
  Interval: "nanoseconds",
  Timeout: "nanoseconds",
  TTL: "nanoseconds",
  OutputMaxSize: "integer",
  SuccessBeforePassing: "integer",
  FailuresBeforeWarning: "integer",
  FailuresBeforeCritical: "integer",
  DeregisterCriticalServiceAfter: "nanoseconds",
};

const ADDRESS: WeakShape = { Address: "text", Port: "integer" };
const MESH_GATEWAY: WeakShape = { Mode: "text" };

const PROXY: WeakShape = {
  DestinationServiceName: "text",
  DestinationServiceID: "text",
  LocalServiceAddress: "text",
  LocalServicePort: "integer",
  Config: "opaque map",
  Upstreams: {
    listOf: {
      DestinationType: "text",
      DestinationNamespace: "text",
      DestinationName: "text",
      Datacenter: "text",
      LocalBindAddress: "text",
      LocalBindPort: "integer",
      Config: "opaque map",
      MeshGateway: { object: MESH_GATEWAY },
    },
  },
  MeshGateway: { object: MESH_GATEWAY },
  Expose: {
    object: {
      Checks: "flag",
      Paths: { listOf: { Path: "text", ListenerPort: "integer", LocalPathPort: "integer", Protocol: "text" } },
    },
  },
};

/** What a service and its sidecar both have. */
const SERVICE_FIELDS: WeakShape = {
  Kind: "text",
  ID: "text",
  Name: "text",
  Tags: "texts",
  Address: "text",
  TaggedAddresses: { mapOf: ADDRESS },
  Meta: "text map",
  Port: "integer",
  Check: { listOf: CHECK },
  Checks: { listOf: CHECK },
  Weights: { object: { Passing: "integer", Warning: "integer" } },
  Token: "text",
  EnableTagOverride: "flag",
  Proxy: { object: PROXY },
};

const SERVICE: WeakShape = {
  ...SERVICE_FIELDS,
  Connect: { object: { Native: "flag", SidecarService: { object: SERVICE_FIELDS } } },
};

/** What of a file defines services and checks; one and several may be defined under either key. */
export const FILE: WeakShape = {
  service: { listOf: SERVICE },
  services: { listOf: SERVICE },
  check: { listOf: CHECK },
  checks: { listOf: CHECK },
};
