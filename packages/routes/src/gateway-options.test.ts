import { describe, expect, test } from "vitest";
import { type GatewayOptions, readGatewayOptions } from "./gateway-options.ts";

const DEFAULTS: GatewayOptions = {
  connectTimeoutMs: 5_000,
  bindTaggedAddresses: false,
  bindAddresses: new Map(),
  noDefaultBind: false,
  keepalive: { idleSeconds: 60 },
  onlyOutsideMesh: false,
  problems: [],
};

const lan = { address: "10.0.0.9", port: 8443 };

type Case = {
  readonly name: string;
  readonly own?: Readonly<Record<string, unknown>>;
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly reads: Partial<GatewayOptions>;
};

const cases: readonly Case[] = [
  { name: "nothing set: the defaults", reads: {} },
  { name: "a number", own: { connect_timeout_ms: 1_500 }, reads: { connectTimeoutMs: 1_500 } },
  { name: "a number as text", own: { connect_timeout_ms: "1500" }, reads: { connectTimeoutMs: 1_500 } },
  { name: "a fraction is cut off", own: { connect_timeout_ms: 1_500.9 }, reads: { connectTimeoutMs: 1_500 } },
  { name: "zero is the default", own: { connect_timeout_ms: 0 }, reads: {} },
  { name: "below zero is the default", own: { connect_timeout_ms: -1 }, reads: {} },
  { name: "keys without regard to case", own: { Connect_Timeout_MS: 1 }, reads: { connectTimeoutMs: 1 } },
  { name: "true as text", own: { envoy_gateway_no_default_bind: "true" }, reads: { noDefaultBind: true } },
  { name: "true as 1", own: { envoy_gateway_bind_tagged_addresses: 1 }, reads: { bindTaggedAddresses: true } },
  {
    name: "the name that mesh gateways had",
    own: { envoy_mesh_gateway_no_default_bind: true },
    reads: { noDefaultBind: true },
  },
  {
    name: "the present name goes before the former",
    own: { envoy_mesh_gateway_no_default_bind: true, envoy_gateway_no_default_bind: false },
    reads: {},
  },
  {
    name: "addresses, the port as text",
    own: { envoy_gateway_bind_addresses: { lan: { address: "10.0.0.9", port: "8443" } } },
    reads: { bindAddresses: new Map([["lan", lan]]) },
  },
  {
    name: "addresses under the former name, in Consul's upper case",
    own: { envoy_mesh_gateway_bind_addresses: { lan: { Address: "10.0.0.9", Port: 8443 } } },
    reads: { bindAddresses: new Map([["lan", lan]]) },
  },
  { name: "proxy-defaults stand in", defaults: { connect_timeout_ms: 7 }, reads: { connectTimeoutMs: 7 } },
  {
    name: "the gateway's own goes before proxy-defaults",
    own: { connect_timeout_ms: 8 },
    defaults: { connect_timeout_ms: 7 },
    reads: { connectTimeoutMs: 8 },
  },
  {
    name: "unknown keys are left alone",
    own: { envoy_stats_bind_addr: "0.0.0.0:9000", anything: { at: "all" } },
    reads: {},
  },
  {
    name: "keepalive can be turned off",
    own: { envoy_gateway_remote_tcp_enable_keepalive: false },
    reads: { keepalive: undefined },
  },
  {
    name: "keepalive in all its parts",
    own: {
      envoy_gateway_remote_tcp_enable_keepalive: true,
      envoy_gateway_remote_tcp_keepalive_time: 120,
      envoy_gateway_remote_tcp_keepalive_interval: "60",
      envoy_gateway_remote_tcp_keepalive_probes: 7,
    },
    reads: { keepalive: { idleSeconds: 120, intervalSeconds: 60, probes: 7 } },
  },
  {
    name: "what cannot be read is told, and leaves the rest alone",
    own: {
      connect_timeout_ms: "soon",
      envoy_gateway_no_default_bind: "perhaps",
      envoy_gateway_bind_tagged_addresses: true,
    },
    reads: {
      bindTaggedAddresses: true,
      problems: [
        { key: "connect_timeout_ms", reason: '"soon" is not a whole number; the default is used' },
        { key: "envoy_gateway_no_default_bind", reason: '"perhaps" is not true or false; the default is used' },
      ],
    },
  },
  {
    name: "an address without a port is told, and leaves the others alone",
    own: { envoy_gateway_bind_addresses: { lan, wan: { address: "203.0.113.7" }, odd: "10.0.0.1:8443" } },
    reads: {
      bindAddresses: new Map([["lan", lan]]),
      problems: [
        { key: "envoy_gateway_bind_addresses.wan", reason: "has no port to bind" },
        { key: "envoy_gateway_bind_addresses.odd", reason: "has no port to bind" },
      ],
    },
  },
  {
    name: "addresses that are no map",
    own: { envoy_gateway_bind_addresses: "10.0.0.1:8443" },
    reads: {
      problems: [{ key: "envoy_gateway_bind_addresses", reason: '"10.0.0.1:8443" is not a map; the default is used' }],
    },
  },
];

describe("readGatewayOptions", () => {
  for (const { name, own, defaults, reads } of cases) {
    test(name, () => expect(readGatewayOptions(own, defaults)).toEqual({ ...DEFAULTS, ...reads }));
  }
});
