import { bool, duration, int, listOf, mapOf, type Shaped, string, struct } from "../http/go-shape.ts";
import { ProxyShape, ServiceAddressShape, WeightsShape } from "../shapes/service-shapes.ts";

/** A check as a registration defines it. Durations are nanoseconds; only of definition files is the token heeded. */
export const CheckTypeShape = struct(
  "structs.CheckType",
  {
    CheckID: string,
    ID: string,
    Name: string,
    Status: string,
    Notes: string,
    ScriptArgs: listOf(string),
    Args: listOf(string),
    HTTP: string,
    Header: mapOf(listOf(string)),
    Method: string,
    Body: string,
    DisableRedirects: bool,
    TCP: string,
    UDP: string,
    Interval: duration,
    AliasNode: string,
    AliasService: string,
    DockerContainerID: string,
    Shell: string,
    GRPC: string,
    GRPCUseTLS: bool,
    H2PING: string,
    H2PingUseTLS: bool,
    TLSSkipVerify: bool,
    Timeout: duration,
    TTL: duration,
    SuccessBeforePassing: int,
    FailuresBeforeWarning: int,
    FailuresBeforeCritical: int,
    ProxyHTTP: string,
    ProxyGRPC: string,
    DeregisterCriticalServiceAfter: duration,
    OutputMaxSize: int,
    ServiceID: string,
    Token: string,
  },
  {
    args: "ScriptArgs",
    script_args: "ScriptArgs",
    tls_skip_verify: "TLSSkipVerify",
    disable_redirects: "DisableRedirects",
    service_id: "ServiceID",
    docker_container_id: "DockerContainerID",
    success_before_passing: "SuccessBeforePassing",
    failures_before_warning: "FailuresBeforeWarning",
    failures_before_critical: "FailuresBeforeCritical",
    deregister_critical_service_after: "DeregisterCriticalServiceAfter",
  },
);
export type CheckRequest = Shaped<typeof CheckTypeShape>;

/** What a service and its sidecar both have. */
const FIELDS = {
  Kind: string,
  ID: string,
  Name: string,
  Tags: listOf(string),
  Address: string,
  TaggedAddresses: mapOf(ServiceAddressShape),
  Meta: mapOf(string),
  Port: int,
  Check: CheckTypeShape,
  Checks: listOf(CheckTypeShape),
  Weights: WeightsShape,
  Token: string,
  EnableTagOverride: bool,
  Proxy: ProxyShape,
};
const ALIASES = { enable_tag_override: "EnableTagOverride", tagged_addresses: "TaggedAddresses" } as const;

/** Zero indexes come along when a client sends back what it read. */
const IGNORED = { CreateIndex: int, ModifyIndex: int };

const NestedSidecarShape = struct("structs.ServiceDefinition", { ...FIELDS, ...IGNORED }, ALIASES);
const NestedConnectShape = struct(
  "structs.ServiceConnect",
  { Native: bool, SidecarService: NestedSidecarShape },
  { sidecar_service: "SidecarService" },
);
const SidecarShape = struct(
  "structs.ServiceDefinition",
  { ...FIELDS, ...IGNORED, Connect: NestedConnectShape },
  ALIASES,
);
const ConnectShape = struct(
  "structs.ServiceConnect",
  { Native: bool, SidecarService: SidecarShape },
  { sidecar_service: "SidecarService" },
);

/** A service as `/v1/agent/service/register` takes it, in CamelCase or snake_case. */
export const ServiceShape = struct(
  "structs.ServiceDefinition",
  { ...FIELDS, ...IGNORED, Connect: ConnectShape },
  ALIASES,
);
export type ServiceRequest = Shaped<typeof ServiceShape>;
export type SidecarRequest = Shaped<typeof SidecarShape>;
export type ProxyRequest = Shaped<typeof ProxyShape>;
