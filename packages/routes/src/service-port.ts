import type { CatalogService, GatewayServiceRecord } from "@causeway/model";
import { gatewayBinds } from "./gateway-binds.ts";
import { readGatewayOptions } from "./gateway-options.ts";
import type { ServicePorts } from "./service-ports.ts";

/** The port at which a gateway takes in connections for one service alone, or why it has none. */
export type ServicePort = { readonly port: number } | { readonly reason: string };

/** What of a link decides its port. */
export type SlottedLink = Pick<GatewayServiceRecord, "Service" | "Slot">;

/**
 * Tells the port that a gateway has for a linked service; undefined when it has not opted in, and for a service that it gives none.
 *
 * The gateway opens by it, and the catalog is shown by it: so it looks at nothing but the gateway's own registration and the link. No two
 * links with different slots get one port, and a link's changes with nothing but the registration. Of a range the port is that of the
 * slot, not counting those that the gateway has for all services.
 */
export function servicePortsOf(gateway: CatalogService): (link: SlottedLink) => ServicePort | undefined {
  const options = readGatewayOptions(gateway.Proxy.Config);
  const { servicePorts } = options;
  if (gateway.Kind !== "terminating-gateway" || servicePorts === undefined) return () => undefined;
  const shared = new Set([gateway.Port, ...gatewayBinds(gateway, options).binds.map(({ port }) => port)]);
  if (servicePorts.kind === "range") return ({ Slot }) => portInRange(servicePorts, shared, Slot);
  return ({ Service }) => namedPort(servicePorts.ports.get(Service), shared);
}

function portInRange(
  { first, last }: Extract<ServicePorts, { readonly kind: "range" }>,
  shared: ReadonlySet<number>,
  slot: number | undefined,
): ServicePort {
  if (slot === undefined) return { reason: "the catalog has not said yet which port of the range is its own" };
  const skipped = [...shared].filter((port) => port >= first).sort((a, b) => a - b);
  const port = skipped.reduce((next, taken) => (taken <= next ? next + 1 : next), first + slot);
  if (port <= last) return { port };
  return { reason: `the ports ${first} to ${last} are all in use; make the range ${port - last} wider or more` };
}

function namedPort(port: number | undefined, shared: ReadonlySet<number>): ServicePort | undefined {
  if (port === undefined) return undefined;
  return shared.has(port) ? { reason: `${port} is the gateway's port for all services` } : { port };
}
