import type { Outbound, Route, RouteTarget } from "@causeway/routes";
import { expect, test } from "vitest";
import { needsOf } from "./table-needs.ts";

const LIMITS = { minVersion: "TLSv1.3" } as const;

function target(name: string, outbound: Outbound): RouteTarget {
  return { name, outbound, endpoints: [], connectTimeoutMs: 1_000 };
}

test("a table needs what any target of any route needs, and what is presented to clients", () => {
  const route: Route = {
    ...target("db", { kind: "mesh", leaf: "web", serverName: "db", spiffeIds: [] }),
    inbound: {
      kind: "mtls",
      leaf: "db",
      limits: LIMITS,
      authorization: { destination: "db", intentions: [], defaultAction: "deny" },
    },
    failover: [
      target("db in dc2", { kind: "mesh", leaf: "gateway", serverName: "db", spiffeIds: [], limits: LIMITS }),
      target("legacy", { kind: "mtls", caFile: "ca.pem", certFile: "cert.pem", keyFile: "key.pem" }),
      target("plain", { kind: "plain" }),
    ],
  };
  const needs = needsOf({
    listeners: [
      { name: "one", address: "::", port: 1, match: { by: "sni", routes: new Map([["*.dc1", route]]) } },
      {
        name: "two",
        address: "::",
        port: 2,
        match: {
          by: "listener",
          route: { ...target("files", { kind: "tls", caFile: "other.pem" }), inbound: { kind: "plain" } },
        },
      },
    ],
    unavailable: [],
  });
  expect(needs.presented).toMatchObject([{ leaf: "db", limits: LIMITS }]);
  expect(needs.proved).toMatchObject([{ leaf: "web" }, { leaf: "gateway", limits: LIMITS }]);
  expect(needs.files).toEqual([
    { caFile: "ca.pem", certFile: "cert.pem", keyFile: "key.pem" },
    { caFile: "other.pem" },
  ]);
});
