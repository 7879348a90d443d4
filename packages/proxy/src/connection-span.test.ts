import { describe, expect, test } from "vitest";
import { spanOf } from "./connection-span.ts";
import type { DialReport } from "./dial-report.ts";
import type { ConnectionRecord } from "./record.ts";

const IDS = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
const RECORD: ConnectionRecord = {
  id: 1,
  listener: "public",
  client: "10.0.0.1:4711",
  outcome: "CARRIED",
  bytesToUpstream: 5,
  bytesToClient: 7,
  seconds: 2.5,
  endedMs: 1_000_000_002_500,
};
const DIAL: DialReport = {
  destination: "db",
  target: "db",
  host: "10.0.0.2",
  port: 5432,
  outcome: "OK",
  startedMs: 1_000_000_000_100,
  endedMs: 1_000_000_000_200,
};
/** A span of the trace whose digits are all this. */
const spanIn = (digit: string) => ({ traceId: digit.repeat(32), spanId: "4".repeat(16) });

describe("the span of a connection", () => {
  test("has its times and, of what is known, nothing that is not", () => {
    expect(spanOf(RECORD, [], IDS)).toEqual({
      name: "mesh.connection",
      kind: "server",
      attributes: {
        "network.transport": "tcp",
        "client.address": "10.0.0.1",
        "client.port": 4711,
        "causeway.listener": "public",
        "causeway.outcome": "CARRIED",
        "causeway.bytes.to_upstream": 5,
        "causeway.bytes.to_client": 7,
      },
      startedMs: 1_000_000_000_000,
      endedMs: 1_000_000_002_500,
      children: [],
    });
  });

  test("tells who calls whom, by which route, and what decided", () => {
    const { attributes } = spanOf(
      {
        ...RECORD,
        client: "[fd00::1]:4711",
        serverName: "db.default.dc1.internal.11111111.consul",
        destination: "db",
        source: "web",
        sourceIdentity: "spiffe://11111111.consul/ns/default/dc/dc1/svc/web",
        endpoint: "10.0.0.2:5432",
        target: "db in dc2",
        failover: { from: "db", code: "STALE", reason: "out of reach" },
        decidedBy: "web => db: allow",
      },
      [],
      IDS,
    );
    expect(attributes).toMatchObject({
      "client.address": "fd00::1",
      "client.port": 4711,
      "tls.client.server_name": "db.default.dc1.internal.11111111.consul",
      "causeway.route": "db",
      "causeway.source": "web",
      "causeway.source.identity": "spiffe://11111111.consul/ns/default/dc/dc1/svc/web",
      "causeway.endpoint": "10.0.0.2:5432",
      "causeway.target": "db in dc2",
      "causeway.failover.code": "STALE",
      "causeway.failover.reason": "out of reach",
      "causeway.intention": "web => db: allow",
    });
  });

  test("that failed has its code and its reason, and whose fault it is", () => {
    const refused = { outcome: "DENIED", reason: "web may not call db", blame: "client" } as const;
    const { failure, attributes } = spanOf({ ...RECORD, ...refused }, [], IDS);
    expect(failure).toEqual({ code: "DENIED", message: "web may not call db" });
    expect(attributes).toMatchObject({ "causeway.outcome": "DENIED", "causeway.blame": "client" });
  });

  test("is linked with the spans that its requests say they belong to", () => {
    const links = [{ traceId: "3".repeat(32), spanId: "4".repeat(16) }];
    expect(spanOf({ ...RECORD, links }, [], IDS).links).toEqual(links);
  });

  test("has each attempt to reach an endpoint within it, the failed ones with their reason", () => {
    const failure = { code: "DIAL_FAILED", address: "10.0.0.2:5432", reason: "connection refused" } as const;
    const { children } = spanOf(RECORD, [{ ...DIAL, outcome: "DIAL_FAILED", failure }, DIAL], IDS);
    expect(children).toMatchObject([
      { failure: { code: "DIAL_FAILED", message: "connecting to 10.0.0.2:5432 failed: connection refused" } },
      { name: "mesh.dial", kind: "client", attributes: { "server.address": "10.0.0.2", "server.port": 5432 } },
    ]);
    expect(children?.[1]).not.toHaveProperty("failure");
  });

  test("is linked with the trace that a hello of its own makes further on, unless that is its own", () => {
    const dials = [
      { ...DIAL, seen: spanIn("1") },
      { ...DIAL, seen: spanIn("3") },
    ];
    const { children } = spanOf(RECORD, dials, IDS);
    expect(children?.map(({ links }) => links)).toEqual([undefined, [spanIn("3")]]);
  });
});
