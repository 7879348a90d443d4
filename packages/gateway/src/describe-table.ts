import type { Inbound, Listener, Route, RouteTable } from "@causeway/routes";

/** A route table as an operator reads it: flat, in a fixed order, each intention one line. */
export function describeTable(
  { listeners, unavailable }: RouteTable,
  boundPort: (listener: string) => number | undefined,
) {
  return {
    listeners: listeners.map(({ name, address, port, match }) => {
      const bound = boundPort(name);
      return {
        name,
        address,
        port,
        bound: bound !== undefined,
        ...(port === 0 ? { boundPort: bound } : {}),
        matchesBy: match.by,
      };
    }),
    routes: routesOf(listeners),
    unavailable,
  };
}

function routesOf(listeners: readonly Listener[]) {
  // Listeners that match by server name share one map: their routes are shown once.
  const maps = new Set(listeners.flatMap(({ match }) => (match.by === "sni" ? [match.routes] : [])));
  const byName = [...maps]
    .flatMap((routes) => [...routes])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([serverName, route]) => ({ serverName, ...describeRoute(route) }));
  const byListener = listeners.flatMap(({ name, match }) =>
    match.by === "listener" ? [{ listener: name, ...describeRoute(match.route) }] : [],
  );
  const byHost = listeners.flatMap(({ name, match }) =>
    match.by === "host"
      ? [...match.routes].map(([host, route]) => ({ listener: name, host, ...describeRoute(route) }))
      : [],
  );
  return [...byName, ...byListener, ...byHost];
}

function describeRoute({ inbound, ...route }: Route) {
  return { ...route, inbound: describeInbound(inbound) };
}

function describeInbound(inbound: Inbound) {
  if (inbound.kind !== "mtls") return inbound;
  const { authorization, ...rest } = inbound;
  const intentions = authorization.intentions.flatMap((record) =>
    record.Sources.map(({ Name, Action }) => `${Name} => ${record.Name}: ${Action}`),
  );
  return { ...rest, intentions, defaultAction: authorization.defaultAction };
}
