import type { CheckRequest, ServiceRequest, SidecarRequest } from "./registration-shapes.ts";

/** Ports that sidecars are given, as Consul's `ports.sidecar_min_port` and `sidecar_max_port`. */
export const SIDECAR_PORTS = { min: 21_000, max: 21_255 } as const;

/** How often a sidecar's listener is looked at: 10 s. */
const LISTENING_INTERVAL_NS = 10e9;

/** A sidecar, as if it had been registered by itself. */
export type ExpandedSidecar = { readonly service: SidecarRequest; readonly checks: readonly CheckRequest[] };

/** The ID of the sidecar that belongs to a service instance. */
export function sidecarId(serviceId: string): string {
  return `${serviceId}-sidecar-proxy`;
}

/**
 * Makes a `sidecar_service` into a registration of its own: what it leaves out comes from its service, its port is the one it had
 * before or the first free one.
 *
 * @param usedPorts ports of all other services of this agent.
 * @param formerPort the port of the sidecar that is registered already, if there is one.
 * @throws Error with Consul's text when no port is left.
 * @see https://developer.hashicorp.com/consul/docs/connect/proxies/deploy-sidecar-services
 */
export function expandSidecar(
  parent: ServiceRequest,
  usedPorts: ReadonlySet<number>,
  formerPort: number | undefined,
): ExpandedSidecar | undefined {
  const given = parent.Connect?.SidecarService;
  if (given === undefined) return undefined;
  const parentName = parent.Name ?? "";
  const parentId = parent.ID || parentName;
  const port = given.Port || formerPort || freePort(usedPorts);
  const address = given.Address || parent.Address || "";
  const service: SidecarRequest = {
    ...given,
    Kind: "connect-proxy",
    ID: sidecarId(parentId),
    Name: given.Name || `${parentName}-sidecar-proxy`,
    Tags: given.Tags ?? parent.Tags ?? [],
    Meta: given.Meta ?? parent.Meta ?? {},
    Address: address,
    Port: port,
    Proxy: {
      ...given.Proxy,
      DestinationServiceName: given.Proxy?.DestinationServiceName || parentName,
      DestinationServiceID: given.Proxy?.DestinationServiceID || parentId,
      LocalServiceAddress: given.Proxy?.LocalServiceAddress || "127.0.0.1",
      LocalServicePort: given.Proxy?.LocalServicePort || parent.Port || 0,
    },
  };
  const own = [...(isDefined(given.Check) ? [given.Check] : []), ...(given.Checks ?? [])];
  return { service, checks: own.length > 0 ? own : defaultChecks(parentId, address, port) };
}

/** An empty object stands for no check: Consul's Go client sends one. */
function isDefined(check: CheckRequest | undefined): check is CheckRequest {
  return check !== undefined && Object.keys(check).length > 0;
}

function defaultChecks(parentId: string, address: string, port: number): CheckRequest[] {
  const host = address === "" ? "127.0.0.1" : address;
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return [
    { Name: "Connect Sidecar Listening", TCP: target, Interval: LISTENING_INTERVAL_NS },
    { Name: `Connect Sidecar Aliasing ${parentId}`, AliasService: parentId },
  ];
}

function freePort(used: ReadonlySet<number>): number {
  const { min, max } = SIDECAR_PORTS;
  for (let port = min; port <= max; port++) if (!used.has(port)) return port;
  throw new Error(`no port provided for sidecar_service and none left in the configured range [${min}, ${max}]`);
}
