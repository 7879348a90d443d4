import type { CatalogService } from "@causeway/model";
import { ANY_ADDRESS, type Bind } from "./gateway-binds.ts";
import { byText } from "./order.ts";
import type { Listener, Unavailable } from "./route.ts";
import { type SlottedLink, servicePortsOf } from "./service-port.ts";
import type { CompiledService } from "./service-routes.ts";

/** What is bound for one service alone. */
export type ServiceListeners = {
  readonly listeners: readonly Listener[];
  readonly unavailable: readonly Unavailable[];
};

/** All that decides which services have ports of their own. */
export type PortedGateway = {
  readonly service: CatalogService;
  /** Where it listens for all services, by which address it has those for one. */
  readonly binds: readonly Bind[];
  readonly links: readonly SlottedLink[];
  readonly compiled: readonly CompiledService[];
};

/**
 * The listeners of a gateway that has a port for each linked service: whoever comes there is taken in as if the service's own name had
 * been asked for, whatever name is sent, if any. Inputs may be in any order.
 *
 * Proxies built on Consul's libraries send no server name, so that they can be told apart by nothing but the port.
 */
export function serviceListeners({ service, binds, links, compiled }: PortedGateway): ServiceListeners {
  const portOf = servicePortsOf(service);
  const routes = new Map(
    compiled.map((part) => [part.service, part.routes.find(({ subset }) => subset === undefined)?.route]),
  );
  const listeners: Listener[] = [];
  const unavailable: Unavailable[] = [];
  for (const link of [...links].sort((a, b) => byText(a.Service, b.Service))) {
    const given = portOf(link);
    if (given === undefined) continue;
    if ("reason" in given) {
      unavailable.push({ name: `port of ${link.Service}`, reason: given.reason });
      continue;
    }
    const route = routes.get(link.Service);
    if (route === undefined) continue;
    for (const { name, address } of addressesOf(binds)) {
      listeners.push({
        name: `${link.Service} at ${name}`,
        address,
        port: given.port,
        match: { by: "listener", route },
      });
    }
  }
  return { listeners, unavailable };
}

/** Each address once; one that stands for every interface leaves no room for others at the same port. */
function addressesOf(binds: readonly Bind[]): readonly Bind[] {
  const first = new Map<string, Bind>();
  for (const bind of binds) if (!first.has(bind.address)) first.set(bind.address, bind);
  const everywhere = first.get("::") ?? first.get(ANY_ADDRESS);
  return everywhere === undefined ? [...first.values()] : [everywhere];
}
