import type { OptionProblem } from "./opaque-config.ts";
import { OpaqueConfig } from "./opaque-config.ts";
import type { Keepalive } from "./route.ts";
import { readServicePorts, type ServicePorts } from "./service-ports.ts";

/** An address to bind as it stands in `Proxy.Config`. */
export type BindAddress = { readonly address: string; readonly port: number };

/** What the opaque configuration of a gateway says. */
export type GatewayOptions = {
  readonly connectTimeoutMs: number;
  readonly bindTaggedAddresses: boolean;
  readonly bindAddresses: ReadonlyMap<string, BindAddress>;
  readonly noDefaultBind: boolean;
  /** TCP keepalive towards the instances; undefined when it is turned off. */
  readonly keepalive: Keepalive | undefined;
  /** Leaves out instances that take mesh connections by themselves: Consul sends plain text to these too. */
  readonly onlyOutsideMesh: boolean;
  /** Ports at which a terminating gateway takes in connections for one service each; undefined when it has none such. */
  readonly servicePorts: ServicePorts | undefined;
  readonly problems: readonly OptionProblem[];
};

type Config = Readonly<Record<string, unknown>> | undefined;

export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

/** Half-open connections to the outside must not hang for hours; shorter than the idle limit of any usual load balancer. */
const DEFAULT_KEEPALIVE_IDLE_SECONDS = 60;

const BIND_ADDRESSES = ["envoy_gateway_bind_addresses", "envoy_mesh_gateway_bind_addresses"];
const BIND_TAGGED = ["envoy_gateway_bind_tagged_addresses", "envoy_mesh_gateway_bind_tagged_addresses"];
const NO_DEFAULT_BIND = ["envoy_gateway_no_default_bind", "envoy_mesh_gateway_no_default_bind"];

/**
 * Reads a gateway's `Proxy.Config`, with that of `proxy-defaults` below it. Never fails: an option that cannot be read keeps its
 * default, and is named in `problems`. Options bear the names that Consul gave them for Envoy, up to 1.7 and since.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/proxies/envoy#gateway-options
 */
export function readGatewayOptions(own: Config, defaults?: Config): GatewayOptions {
  const config = new OpaqueConfig(own, defaults);
  // Not from the defaults: whoever is shown the registration must come to the same ports as the gateway.
  const registered = new OpaqueConfig(own);
  const connectTimeoutMs = config.integer("connect_timeout_ms") ?? 0;
  return {
    connectTimeoutMs: connectTimeoutMs > 0 ? connectTimeoutMs : DEFAULT_CONNECT_TIMEOUT_MS,
    bindTaggedAddresses: config.boolean(...BIND_TAGGED) ?? false,
    bindAddresses: readBindAddresses(config),
    noDefaultBind: config.boolean(...NO_DEFAULT_BIND) ?? false,
    keepalive: readKeepalive(config),
    onlyOutsideMesh: config.boolean("causeway_only_outside_mesh") ?? false,
    servicePorts: readServicePorts(registered),
    problems: [...config.problems, ...registered.problems],
  };
}

function readBindAddresses(config: OpaqueConfig): ReadonlyMap<string, BindAddress> {
  const binds = new Map<string, BindAddress>();
  const [key = ""] = BIND_ADDRESSES;
  for (const [name, value] of Object.entries(config.map(...BIND_ADDRESSES) ?? {})) {
    const entry = new OpaqueConfig(typeof value === "object" && value !== null ? (value as Config) : undefined);
    const port = entry.integer("port") ?? 0;
    if (port > 0) binds.set(name, { address: entry.text("address") ?? "", port });
    else config.refuse(`${key}.${name}`, "has no port to bind");
  }
  return binds;
}

function readKeepalive(config: OpaqueConfig): Keepalive | undefined {
  if (config.boolean("envoy_gateway_remote_tcp_enable_keepalive") === false) return undefined;
  const idleSeconds = config.integer("envoy_gateway_remote_tcp_keepalive_time") ?? 0;
  const intervalSeconds = config.integer("envoy_gateway_remote_tcp_keepalive_interval") ?? 0;
  const probes = config.integer("envoy_gateway_remote_tcp_keepalive_probes") ?? 0;
  return {
    idleSeconds: idleSeconds > 0 ? idleSeconds : DEFAULT_KEEPALIVE_IDLE_SECONDS,
    ...(intervalSeconds > 0 ? { intervalSeconds } : {}),
    ...(probes > 0 ? { probes } : {}),
  };
}
