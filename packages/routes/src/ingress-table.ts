import type { CatalogService } from "@causeway/model";
import { gatewayBinds } from "./gateway-binds.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { CompiledIngressService, IngressProtocol } from "./ingress-service.ts";
import { byText } from "./order.ts";
import type { Listener, OutsideInbound, Route, RouteTable, Unavailable } from "./route.ts";

/** A port of an ingress gateway, and how clients are taken in there. */
export type IngressPort = {
  readonly kind: "port";
  readonly port: number;
  readonly protocol: IngressProtocol;
  /** Undefined while there is no certificate to present. */
  readonly inbound: OutsideInbound | undefined;
  readonly unavailable: readonly Unavailable[];
};

/** A part of an ingress gateway's table. */
export type CompiledIngress = IngressPort | CompiledIngressService;

type Matching = Listener["match"];

/**
 * The whole table of an ingress gateway: what it is registered as, and its ports and services in any order. Its ports are bound at each of
 * its addresses. The port of its registration, unless a listener has it, answers those who ask whether it is there.
 */
export function ingressTable(gateway: {
  readonly service: CatalogService;
  readonly options: GatewayOptions;
  readonly compiled: readonly CompiledIngress[];
  readonly unavailable?: readonly Unavailable[];
}): RouteTable {
  const { service, options, compiled, unavailable = [] } = gateway;
  const { binds, unavailable: unbound } = gatewayBinds(service, options);
  const addresses = [...new Set(binds.map(({ address }) => address))];
  const ports = compiled.filter((part) => part.kind === "port").sort((a, b) => a.port - b.port);
  const services = Map.groupBy(
    compiled.filter((part) => part.kind === "service"),
    ({ port }) => port,
  );
  const matched = ports.map((part) => ({ port: part.port, ...matchOf(part, services.get(part.port) ?? []) }));
  const listeners = matched.flatMap(({ port, match }) =>
    match === undefined ? [] : listenersOf(port, addresses, match),
  );
  const problems = [
    ...unavailable,
    ...options.problems.map(({ key, reason }) => ({ name: `Proxy.Config.${key}`, reason })),
    ...unbound,
    ...compiled.flatMap((part) => part.unavailable),
    ...matched.flatMap(({ clashes }) => clashes),
  ];
  const probed = ports.some(({ port }) => port === service.Port) || service.Port === 0;
  return {
    listeners: probed ? listeners : [...listenersOf(service.Port, addresses, NOBODY), ...listeners],
    unavailable: problems.sort((a, b) => byText(a.name, b.name) || byText(a.reason, b.reason)),
  };
}

/** Takes requests in and leads none on. */
const NOBODY: Matching = { by: "host", inbound: { kind: "plain" }, protocol: "http", routes: new Map() };

function listenersOf(port: number, addresses: readonly string[], match: Matching): readonly Listener[] {
  const [only, ...others] = addresses;
  if (only !== undefined && others.length === 0) return [{ name: `port ${port}`, address: only, port, match }];
  return addresses.map((address) => ({ name: `port ${port} of ${address}`, address, port, match }));
}

/** What a port does with what comes; undefined while it can do nothing, so that it is not bound. */
function matchOf(
  { port, protocol, inbound }: IngressPort,
  services: readonly CompiledIngressService[],
): { readonly match: Matching | undefined; readonly clashes: readonly Unavailable[] } {
  if (inbound === undefined) return { match: undefined, clashes: [] };
  const usable = services.flatMap(({ route, hosts }) =>
    route === undefined ? [] : [{ route: { ...route, inbound }, hosts }],
  );
  if (protocol === "tcp") {
    const [first] = usable;
    return { match: first && { by: "listener", route: first.route }, clashes: [] };
  }
  const routes = new Map<string, Route>();
  const clashes: Unavailable[] = [];
  for (const { route, hosts } of usable.sort((a, b) => byText(a.route.name, b.route.name))) {
    for (const host of hosts) {
      const other = routes.get(host);
      if (other === undefined) routes.set(host, route);
      else
        clashes.push({ name: `${route.name} on port ${port}`, reason: `${host} is a host of ${other.name} already` });
    }
  }
  return { match: { by: "host", inbound, protocol, routes }, clashes };
}
