import type { Route, RouteTable } from "@causeway/routes";
import { atMost, type Clock, type Metrics } from "@causeway/runtime";
import { SERVICES_COUNTED } from "./proxy-metrics.ts";

/** Told of each table that is in use, and when the first change that led to it was heard of, in milliseconds since 1970. */
export type TableApplied = (table: RouteTable, heardMs: number | undefined) => void;

/** Tells how old the table is, how long changes take to be in use, what cannot be served, and how many endpoints are healthy. */
export function observeTable(metrics: Metrics, clock: Pick<Clock, "now">): TableApplied {
  let current: { readonly table: RouteTable; readonly sinceMs: number } | undefined;
  const apply = metrics.histogram("causeway_config_apply_seconds", {
    description: "From when a change was heard of until the table that it led to was in use.",
    unit: "s",
  });
  metrics.observedGauge(
    "causeway_table_age_seconds",
    { description: "Time since the table that is in use came into use.", unit: "s" },
    (observe) => {
      if (current !== undefined) observe((clock.now() - current.sinceMs) / 1_000);
    },
  );
  metrics.observedGauge(
    "causeway_routes_unavailable",
    { description: "Parts of the configuration that cannot carry traffic; /debug/routes says why." },
    (observe) => {
      if (current !== undefined) observe(current.table.unavailable.length);
    },
  );
  metrics.observedGauge(
    "causeway_endpoints",
    {
      description: "Endpoints that connections can go to, by health.",
      labels: { destination: atMost(SERVICES_COUNTED), health: ["healthy", "unhealthy"] },
    },
    (observe) => {
      for (const [destination, { healthy, unhealthy }] of countEndpoints(current?.table)) {
        observe(healthy, { destination, health: "healthy" });
        observe(unhealthy, { destination, health: "unhealthy" });
      }
    },
  );
  return (table, heardMs) => {
    const nowMs = clock.now();
    current = { table, sinceMs: nowMs };
    if (heardMs !== undefined) apply.record((nowMs - heardMs) / 1_000);
  };
}

type Health = { readonly healthy: number; readonly unhealthy: number };

/** By target: what several routes have in common is counted once. */
function countEndpoints(table: RouteTable | undefined): ReadonlyMap<string, Health> {
  const counted = new Map<string, Health>();
  for (const route of table?.listeners.flatMap(({ match }) => routesOf(match)) ?? []) {
    for (const { name, endpoints } of [route, ...(route.failover ?? [])]) {
      const healthy = endpoints.filter((endpoint) => endpoint.healthy).length;
      counted.set(name, { healthy, unhealthy: endpoints.length - healthy });
    }
  }
  return counted;
}

function routesOf(match: RouteTable["listeners"][number]["match"]): readonly Route[] {
  return match.by === "listener" ? [match.route] : [...match.routes.values()];
}
