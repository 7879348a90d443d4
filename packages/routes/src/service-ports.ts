import type { OpaqueConfig } from "./opaque-config.ts";
import { byText } from "./order.ts";
import { weakInteger, weakMap } from "./weak.ts";

/** The key of `Proxy.Config` by which a terminating gateway opens a port for each service that it is linked to. */
const SERVICE_PORTS = "causeway_service_ports";

/** Which ports a gateway has for services: some that they share out by their slots, or those that are named. */
export type ServicePorts =
  | { readonly kind: "range"; readonly first: number; readonly last: number }
  | { readonly kind: "named"; readonly ports: ReadonlyMap<string, number> };

const HIGHEST_PORT = 65_535;

/** Reads `causeway_service_ports`: a range such as "21300-21399", or a map of services to ports. Undefined when there is neither. */
export function readServicePorts(config: OpaqueConfig): ServicePorts | undefined {
  const value = config.raw(SERVICE_PORTS);
  if (value === undefined || value === null || value === "") return undefined;
  const named = weakMap(value);
  return named === undefined ? readRange(config, value) : { kind: "named", ports: readNamed(config, named) };
}

function readRange(config: OpaqueConfig, value: unknown): ServicePorts | undefined {
  const [, from = "", to = from] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(textOf(value)) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (isPort(first) && isPort(last) && first <= last) return { kind: "range", first, last };
  const given = JSON.stringify(value);
  config.refuse(
    SERVICE_PORTS,
    `${given} is neither a range of ports such as "21300-21399" nor a map of services to ports`,
  );
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function readNamed(config: OpaqueConfig, named: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const [service, value] of Object.entries(named).sort(([a], [b]) => byText(a, b))) {
    const port = weakInteger(value) ?? 0;
    const owner = owners.get(port);
    if (!isPort(port)) {
      config.refuse(`${SERVICE_PORTS}.${service}`, `${JSON.stringify(value)} is no port from 1 to ${HIGHEST_PORT}`);
    } else if (owner !== undefined) {
      config.refuse(`${SERVICE_PORTS}.${service}`, `${port} is the port of ${owner} already`);
    } else {
      ports.set(service, port);
      owners.set(port, service);
    }
  }
  return ports;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= HIGHEST_PORT;
}
