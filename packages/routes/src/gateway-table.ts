import type { CatalogService } from "@causeway/model";
import { gatewayBinds } from "./gateway-binds.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { byText } from "./order.ts";
import type { Route, RouteTable, Unavailable } from "./route.ts";
import { serviceListeners } from "./service-listeners.ts";
import type { SlottedLink } from "./service-port.ts";
import type { CompiledService } from "./service-routes.ts";

/**
 * The whole table of a gateway that matches by server name: what it is registered as, and the services it carries, in any order. Where its
 * registration gives services ports of their own, those of `links` get them.
 */
export function gatewayTable(gateway: {
  readonly service: CatalogService;
  readonly options: GatewayOptions;
  readonly compiled: readonly CompiledService[];
  readonly links?: readonly SlottedLink[];
  readonly unavailable?: readonly Unavailable[];
}): RouteTable {
  const { service, options, compiled, links = [], unavailable = [] } = gateway;
  const { routes, clashes } = joinRoutes(compiled);
  const bound = gatewayBinds(service, options);
  const own = serviceListeners({ service, binds: bound.binds, links, compiled });
  const problems = [
    ...unavailable,
    ...options.problems.map(({ key, reason }) => ({ name: `Proxy.Config.${key}`, reason })),
    ...bound.unavailable,
    ...own.unavailable,
    ...compiled.flatMap((part) => part.unavailable),
    ...clashes,
  ];
  const shared = bound.binds.map((bind) => ({ ...bind, match: { by: "sni", routes } as const }));
  return {
    listeners: [...shared, ...own.listeners],
    unavailable: problems.sort((a, b) => byText(a.name, b.name) || byText(a.reason, b.reason)),
  };
}

/**
 * Puts all routes into one map by server name. A dot in a service's name can make it look like a subset of another's: a service's own
 * name then goes before a subset's, so that the order of services never matters.
 */
function joinRoutes(compiled: readonly CompiledService[]) {
  const routes = new Map<string, Route>();
  const clashes: Unavailable[] = [];
  const named = compiled.flatMap((service) => service.routes);
  for (const { serverName, route } of named.filter(({ subset }) => subset === undefined)) routes.set(serverName, route);
  for (const { serverName, route } of named.filter(({ subset }) => subset !== undefined)) {
    const other = routes.get(serverName);
    if (other === undefined) routes.set(serverName, route);
    else clashes.push({ name: route.name, reason: `${serverName} is the server name of the service ${other.name}` });
  }
  return { routes, clashes };
}
