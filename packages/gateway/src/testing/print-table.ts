import type { Endpoint, Inbound, Listener, Route, RouteTable, RouteTarget } from "@causeway/routes";

/**
 * A table as text for golden files: each listener, each route once, in order, and what is unavailable. Every field of a route is in
 * it, so that no change goes unseen.
 */
export function printTable(table: RouteTable | { readonly waitingFor: string }): string {
  if ("waitingFor" in table) return `waiting for: ${table.waitingFor}\n`;
  const { listeners, unavailable } = table;
  const routes = new Map(listeners.flatMap(namedRoutes));
  const lines = [
    ...listeners.map(
      ({ name, address, port, match }) =>
        `listener ${name} on ${address} port ${port}, routes ${match.by === "host" ? `${match.protocol} ` : ""}by ${match.by}`,
    ),
    ...[...routes].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, route]) => ["", name, ...printRoute(route)]),
    ...(unavailable.length === 0 ? [] : ["", "unavailable"]),
    ...unavailable.map(({ name, reason }) => `  ${name}: ${reason}`),
  ];
  return `${lines.join("\n")}\n`;
}

function namedRoutes({ name, match }: Listener): readonly (readonly [name: string, route: Route])[] {
  if (match.by === "listener") return [[`listener ${name}`, match.route]];
  return match.by === "sni"
    ? [...match.routes]
    : [...match.routes].map(([host, route]) => [`${host} at ${name}`, route]);
}

function printRoute({ inbound, failover = [], ...own }: Route): readonly string[] {
  return [
    `  name ${own.name}`,
    ...printInbound(inbound),
    ...printTarget(own),
    ...failover.flatMap((target) => [`  failing that ${target.name}`, ...printTarget(target)]),
  ];
}

function printTarget({ name: _, outbound, endpoints, ...rest }: RouteTarget): readonly string[] {
  return [`  out  ${JSON.stringify(outbound)}`, `       ${JSON.stringify(rest)}`, ...endpoints.map(printEndpoint)];
}

function printInbound(inbound: Inbound): readonly string[] {
  if (inbound.kind !== "mtls") return [`  in   ${JSON.stringify(inbound)}`];
  const { authorization, ...rest } = inbound;
  const { destination, intentions, defaultAction } = authorization;
  const rules = intentions.flatMap((record) =>
    record.Sources.map(({ Name, Action }) => `${Action} ${Name} => ${record.Name}`),
  );
  return [
    `  in   ${JSON.stringify(rest)}`,
    `       to ${destination}: ${[...rules, `default ${defaultAction}`].join(", ")}`,
  ];
}

function printEndpoint({ address, port, weight, healthy, node, instance }: Endpoint): string {
  return `    ${healthy ? "+" : "-"} ${address} port ${port}, weight ${weight}, instance ${instance} on ${node}`;
}
