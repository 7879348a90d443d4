import type { CatalogService, InstanceRecord } from "@causeway/model";
import { routeProtocol } from "./discovery-chain/chain-protocol.ts";
import { ANY_ADDRESS } from "./gateway-binds.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS } from "./gateway-options.ts";
import { isIpAddress } from "./ip-address.ts";
import type { LeafState } from "./mesh-name.ts";
import { OpaqueConfig } from "./opaque-config.ts";
import type { Authorization, Listener, TlsLimits, Unavailable } from "./route.ts";

/** A listener and what it lacks; a part of a sidecar's table. */
export type CompiledListener = {
  readonly listener: Listener | undefined;
  readonly unavailable: readonly Unavailable[];
};

/** All that decides how a sidecar takes in connections for its application. */
export type PublicSide = {
  readonly instance: InstanceRecord;
  readonly defaults: Readonly<Record<string, unknown>> | undefined;
  /** What the application speaks by the config entries; its proxy's own configuration goes before them. */
  readonly protocol: string;
  readonly authorization: Authorization;
  readonly leaf: LeafState;
  readonly limits: TlsLimits | undefined;
};

/** What the listener is called in logs, and what its faults stand under. */
export const PUBLIC_LISTENER = "public";

/**
 * Compiles the listener at which the mesh reaches a sidecar's application: mTLS with the application's own leaf, its intentions, then
 * plain to the application's local address.
 */
export function compilePublicListener(side: PublicSide): CompiledListener {
  const { Service } = side.instance;
  const { DestinationServiceName = "", LocalServicePort = 0, Config } = Service.Proxy;
  const config = new OpaqueConfig(Config, side.defaults);
  const address = config.text("bind_address") || ANY_ADDRESS;
  const port = config.integer("bind_port") || Service.Port;
  const ownProtocol = new OpaqueConfig(Config).text("protocol");
  const localTimeoutMs = config.integer("local_connect_timeout_ms") ?? 0;

  const obstacles: string[] = [];
  if (!side.leaf.ready) obstacles.push(side.leaf.reason);
  if (LocalServicePort <= 0) obstacles.push("Proxy.LocalServicePort is not set, so the application cannot be reached");
  if (!isIpAddress(address)) obstacles.push(`bind_address ${address} is no IP address`);
  const unavailable = [...obstacles.map(asFault), ...configFaults(config), ...unsupported(Service)];
  if (obstacles.length > 0) return { listener: undefined, unavailable };

  const { authorization, limits } = side;
  const route = {
    name: DestinationServiceName,
    inbound: { kind: "mtls", leaf: DestinationServiceName, authorization, ...(limits === undefined ? {} : { limits }) },
    outbound: { kind: "plain" },
    endpoints: [localEndpoint(side.instance)],
    connectTimeoutMs: localTimeoutMs > 0 ? localTimeoutMs : DEFAULT_CONNECT_TIMEOUT_MS,
    ...routeProtocol(ownProtocol, side.protocol),
  } as const;
  return { listener: { name: PUBLIC_LISTENER, address, port, match: { by: "listener", route } }, unavailable };
}

function localEndpoint({ Node, Service }: InstanceRecord) {
  const {
    LocalServiceAddress,
    LocalServicePort = 0,
    DestinationServiceID,
    DestinationServiceName = "",
  } = Service.Proxy;
  return {
    address: LocalServiceAddress || "127.0.0.1",
    port: LocalServicePort,
    weight: 1,
    healthy: true,
    node: Node.Node,
    instance: DestinationServiceID || DestinationServiceName,
  };
}

function asFault(reason: string): Unavailable {
  return { name: PUBLIC_LISTENER, reason };
}

/** What an operator has set and this proxy does not do: told, never passed over in silence. */
function unsupported(service: CatalogService): readonly Unavailable[] {
  const { Config, Expose } = service.Proxy;
  const config = new OpaqueConfig(Config);
  const faults: Unavailable[] = [];
  for (const key of ["max_inbound_connections", "local_request_timeout_ms", "local_idle_timeout_ms"]) {
    if ((config.integer(key) ?? 0) > 0) faults.push({ name: `Proxy.Config.${key}`, reason: "is not enforced" });
  }
  if (Expose?.Checks || (Expose?.Paths ?? []).length > 0) {
    faults.push({ name: "Proxy.Expose", reason: "exposed paths need HTTP routes, which this proxy does not have" });
  }
  return faults;
}

function configFaults({ problems }: OpaqueConfig): readonly Unavailable[] {
  return problems.map(({ key, reason }) => ({ name: `Proxy.Config.${key}`, reason }));
}
