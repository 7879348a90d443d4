import type { Endpoint, Route, RouteTable } from "@causeway/routes";
import { Metrics } from "@causeway/runtime";
import { expect, test } from "vitest";
import { observeTable } from "./table-metrics.ts";

const endpoint = (healthy: boolean): Endpoint => {
  return { address: "10.0.0.1", port: 1, weight: 1, healthy, node: "n", instance: "i" };
};
const plain = { kind: "plain" } as const;
const ROUTE: Route = {
  name: "db",
  inbound: plain,
  outbound: plain,
  connectTimeoutMs: 1,
  endpoints: [endpoint(true), endpoint(true), endpoint(false)],
  failover: [{ name: "db in dc2", outbound: plain, connectTimeoutMs: 1, endpoints: [endpoint(true)] }],
};
const TABLE: RouteTable = {
  listeners: [
    { name: "lan", address: "127.0.0.1", port: 1, match: { by: "sni", routes: new Map([["db.example", ROUTE]]) } },
    { name: "wan", address: "127.0.0.1", port: 2, match: { by: "listener", route: ROUTE } },
  ],
  unavailable: [{ name: "api", reason: "no leaf" }],
};

test("tells of the table that is in use, each target once", async () => {
  const metrics = new Metrics();
  let nowMs = 1_000;
  const applied = observeTable(metrics, { now: () => nowMs });
  expect(await metrics.text()).not.toContain("causeway_table_age_seconds ");
  applied(TABLE, 750);
  nowMs = 3_000;
  const text = await metrics.text();
  for (const line of [
    "causeway_table_age_seconds 2",
    "causeway_routes_unavailable 1",
    "causeway_config_apply_seconds_sum 0.25",
    'causeway_endpoints{destination="db",health="healthy"} 2',
    'causeway_endpoints{destination="db",health="unhealthy"} 1',
    'causeway_endpoints{destination="db in dc2",health="healthy"} 1',
  ]) {
    expect(text).toContain(line);
  }
});

test("a table that no change has led to, such as one that binds a listener again, counts as no change", async () => {
  const metrics = new Metrics();
  observeTable(metrics, { now: () => 0 })(TABLE, undefined);
  expect(await metrics.text()).not.toContain("causeway_config_apply_seconds_sum");
});
