import { Refusal } from "@causeway/bus";
import type { ServiceDefaultsEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { legalEntry } from "../decode.ts";
import { KINDS } from "./index.ts";
import type { KindRules } from "./kind.ts";
import { serviceDefaults } from "./service-defaults.ts";

const rules = KINDS.get("service-defaults") as KindRules;

function read(UpstreamConfig: unknown): ServiceDefaultsEntry {
  return legalEntry({ Kind: "service-defaults", Name: "web", UpstreamConfig }, rules) as ServiceDefaultsEntry;
}

function refusal(upstreamConfig: unknown): string {
  try {
    return `accepted: ${JSON.stringify(read(upstreamConfig))}`;
  } catch (error) {
    if (error instanceof Refusal) return `${error.status} ${error.message}`;
    throw error;
  }
}

const override = (rest: object) => ({ Overrides: [{ Name: "db", ...rest }] });
const list = (...lines: string[]) =>
  `${lines.length} error${lines.length === 1 ? "" : "s"} occurred:\n${lines.map((line) => `\t* ${line}\n`).join("")}\n`;
const one = (line: string) => `500 ${list(line)}`;
const inOverride = (line: string) => one(`error in upstream override for db:: ${list(line)}`);
const inDefaults = (line: string) => one(`error in upstream defaults: ${list(line)}`);
const PERCENTAGE = "must be a percentage between 0 and 100";

describe("UpstreamConfig is refused", () => {
  test.each([
    [{ Overrides: [{ Protocol: "http" }] }, one("error in upstream override for :: Name is required")],
    [{ Overrides: [{ Name: "*" }] }, one("error in upstream override for *:: Wildcard name is not supported")],
    [
      { Overrides: [{ Name: "*", Peer: "p" }] },
      one("error in upstream override for *:p: Wildcard name is not supported"),
    ],
    [{ Defaults: { Name: "db" } }, one("error in upstream defaults: Name must be empty")],
    [override({ Limits: { MaxConnections: -1 } }), inOverride("max connections cannot be negative")],
    [override({ Limits: { MaxPendingRequests: -1 } }), inOverride("max pending requests cannot be negative")],
    [override({ Limits: { MaxConcurrentRequests: -1 } }), inOverride("max concurrent requests cannot be negative")],
    [
      override({ PassiveHealthCheck: { Interval: "-1s" } }),
      inOverride("passive health check interval cannot be negative"),
    ],
    [
      override({ PassiveHealthCheck: { MaxFailures: -1 } }),
      inOverride("passive health check max_failures cannot be negative"),
    ],
    [
      { Defaults: { PassiveHealthCheck: { EnforcingConsecutive5xx: 101 } } },
      inDefaults(`passive health check enforcing_consecutive_5xx ${PERCENTAGE}`),
    ],
    [
      { Defaults: { PassiveHealthCheck: { MaxEjectionPercent: 101 } } },
      inDefaults(`passive health check max_ejection_percent ${PERCENTAGE}`),
    ],
    [
      { Defaults: { PassiveHealthCheck: { BaseEjectionTime: -1 } } },
      inDefaults("passive health check base_ejection_time cannot be negative"),
    ],
    [
      { Defaults: { BalanceOutboundConnections: "fair" } },
      inDefaults("invalid value for balance_outbound_connections: fair"),
    ],
    [
      { Overrides: [{ Name: "" }], Defaults: { Name: "x" } },
      `500 ${list("error in upstream override for :: Name is required", "error in upstream defaults: Name must be empty")}`,
    ],
    [
      override({ Bogus: 1 }),
      `400 Bad request: Request decoding failed: ${list('invalid config key "UpstreamConfig.Overrides[0].Bogus"')}`,
    ],
  ])("%j", (given, text) => {
    expect(refusal(given)).toBe(text);
  });
});

describe("UpstreamConfig is kept", () => {
  test.each<[string, object, object]>([
    [
      "from snake_case, weakly typed",
      {
        overrides: { name: "db", mesh_gateway: { mode: "local" }, connect_timeout_ms: "900", protocol: "HTTP" },
        defaults: { passive_health_check: { interval: "10s", max_failures: 3, enforcing_consecutive_5xx: 0 } },
      },
      {
        Overrides: [{ Name: "db", MeshGateway: { Mode: "local" }, ConnectTimeoutMs: 900, Protocol: "http" }],
        Defaults: {
          PassiveHealthCheck: { Interval: 10e9, MaxFailures: 3, EnforcingConsecutive5xx: 0 },
          MeshGateway: {},
        },
      },
    ],
    [
      "with all that it may say",
      {
        Overrides: [
          {
            Name: "db",
            Peer: "east",
            EnvoyListenerJSON: "{}",
            EnvoyClusterJSON: "{}",
            Limits: { MaxConnections: 0, MaxPendingRequests: 1, MaxConcurrentRequests: 2 },
            PassiveHealthCheck: { MaxEjectionPercent: 100, BaseEjectionTime: 0 },
            MeshGateway: { Mode: "none" },
            BalanceOutboundConnections: "exact_balance",
          },
        ],
      },
      {
        Overrides: [
          {
            Name: "db",
            Peer: "east",
            EnvoyListenerJSON: "{}",
            EnvoyClusterJSON: "{}",
            Limits: { MaxConnections: 0, MaxPendingRequests: 1, MaxConcurrentRequests: 2 },
            PassiveHealthCheck: { MaxEjectionPercent: 100, BaseEjectionTime: 0 },
            MeshGateway: { Mode: "none" },
            BalanceOutboundConnections: "exact_balance",
          },
        ],
      },
    ],
    [
      "without what says nothing",
      { Overrides: [], Defaults: { Name: "", Protocol: "", ConnectTimeoutMs: -5, MeshGateway: { Mode: "" } } },
      { Defaults: { MeshGateway: {} } },
    ],
    ["empty", {}, {}],
  ])("%s", (_, given, kept) => {
    const { UpstreamConfig } = read(given);
    expect(UpstreamConfig).toEqual(kept);
    expect(read(UpstreamConfig).UpstreamConfig).toEqual(kept);
  });

  test("not at all, where the entry has none", () => {
    expect(read(null)).not.toHaveProperty("UpstreamConfig");
  });
});

test("what has no effect or no meaning is warned of", () => {
  const entry = read({
    Overrides: [{ Name: "db", MeshGateway: { Mode: "sideways" }, Limits: { MaxConnections: 5 } }],
    Defaults: { Protocol: "udp" },
  });
  expect(serviceDefaults.warnings?.(entry)).toEqual([
    'UpstreamConfig.Overrides for "db": Limits is kept and has no effect',
    'UpstreamConfig.Overrides for "db": the mesh gateway mode "sideways" is not known and counts as unset',
    'UpstreamConfig.Defaults: the protocol "udp" is not known and counts as tcp',
  ]);
});
