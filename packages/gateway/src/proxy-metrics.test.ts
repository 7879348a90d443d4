import type { ConnectionRecord } from "@causeway/proxy";
import { Metrics } from "@causeway/runtime";
import { describe, expect, test } from "vitest";
import { observeLeaves } from "./leaf-metrics.ts";
import { countConnections } from "./proxy-metrics.ts";

const RECORD: ConnectionRecord = {
  id: 1,
  listener: "default",
  client: "127.0.0.1:1",
  outcome: "CARRIED",
  bytesToUpstream: 5,
  bytesToClient: 7,
  seconds: 2,
  endedMs: 0,
};

describe("countConnections", () => {
  test("counts by destination, outcome and side, and the bytes of each direction", async () => {
    const metrics = new Metrics();
    const count = countConnections(metrics);
    count.opened("default");
    count.dialed("db", "OK", 0.5);
    count.closed({ ...RECORD, destination: "db" });
    count.closed({ ...RECORD, destination: "api", failover: { from: "api", code: "STALE", reason: "out of reach" } });
    count.closed({
      ...RECORD,
      destination: "db",
      outcome: "DENIED",
      blame: "client",
      bytesToUpstream: 0,
      bytesToClient: 0,
    });
    const text = await metrics.text();
    for (const line of [
      'causeway_connections_opened_total{listener="default"} 1',
      'causeway_connections_ended_total{destination="db",outcome="CARRIED",blame="none"} 1',
      'causeway_connections_ended_total{destination="db",outcome="DENIED",blame="client"} 1',
      'causeway_connection_bytes_total{destination="db",direction="to-upstream"} 5',
      'causeway_connection_bytes_total{destination="db",direction="to-client"} 7',
      'causeway_connection_seconds_count{destination="db"} 2',
      'causeway_dial_seconds_sum{destination="db",outcome="OK"} 0.5',
      'causeway_failovers_total{destination="api"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('causeway_failovers_total{destination="db"}');
  });

  test("what has no destination is counted too, and names from the network never become labels", async () => {
    const metrics = new Metrics();
    countConnections(metrics).closed({
      ...RECORD,
      outcome: "NO_ROUTE",
      blame: "client",
      serverName: "evil.example.com",
    });
    const text = await metrics.text();
    expect(text).toContain('{destination="none",outcome="NO_ROUTE",blame="client"} 1');
    expect(text).not.toContain("evil");
  });

  test("tells what was wrong with TLS, and with whom", async () => {
    const metrics = new Metrics();
    const count = countConnections(metrics);
    count.opened("default", 4);
    count.closed({ ...RECORD, outcome: "CLIENT_TLS_FAILED", blame: "client", tlsFault: "unknown-issuer" });
    count.closed({ ...RECORD, outcome: "UPSTREAM_TLS_FAILED", blame: "upstream", tlsFault: "not-tls" });
    count.closed({ ...RECORD, outcome: "WRONG_PEER_IDENTITY", blame: "upstream" });
    const text = await metrics.text();
    expect(text).toContain('causeway_tls_failures_total{side="client",fault="unknown-issuer"} 1');
    expect(text).toContain('causeway_tls_failures_total{side="upstream",fault="not-tls"} 1');
    expect(text).toContain('causeway_tls_failures_total{side="upstream",fault="wrong-identity"} 1');
    expect(text).toContain("causeway_connections_open 1");
  });

  test("beyond 500 services the rest is counted together", async () => {
    const metrics = new Metrics();
    const count = countConnections(metrics);
    for (let each = 0; each < 600; each++) count.closed({ ...RECORD, destination: `service${each}` });
    expect(await metrics.text()).toContain('causeway_connection_seconds_count{destination="other"} 100');
  });
});

describe("observeLeaves", () => {
  test("tells when the first leaf expires, and how many cannot be had", async () => {
    const metrics = new Metrics();
    const leafReports = () => [
      { service: "db", validFrom: new Date(-5_000).toISOString(), validUntil: new Date(90_000).toISOString() },
      { service: "web", validUntil: new Date(60_000).toISOString(), problem: "the CA is away" },
      { service: "api", problem: "the CA is away" },
    ];
    const rootReports = () => [
      {
        id: "old",
        active: false,
        validFrom: new Date(-9_000).toISOString(),
        validUntil: new Date(7_000).toISOString(),
      },
      {
        id: "new",
        active: true,
        validFrom: new Date(-3_000).toISOString(),
        validUntil: new Date(99_000).toISOString(),
      },
    ];
    observeLeaves(metrics, { leafReports, rootReports }, { now: () => 0 });
    const text = await metrics.text();
    expect(text).toContain("causeway_leaf_age_seconds 5");
    expect(text).toContain("causeway_root_expires_in_seconds 7");
    expect(text).toContain("causeway_root_age_seconds 3");
    expect(text).toContain("causeway_leaf_expires_in_seconds 60");
    expect(text).toContain("causeway_leaves_failing 2");
  });
});
