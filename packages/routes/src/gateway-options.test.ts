import { describe, expect, test } from "vitest";
import { type GatewayOptions, readGatewayOptions } from "./gateway-options.ts";

const DEFAULTS: GatewayOptions = {
  connectTimeoutMs: 5_000,
  bindTaggedAddresses: false,
  bindAddresses: new Map(),
  noDefaultBind: false,
  keepalive: { idleSeconds: 60 },
  onlyOutsideMesh: false,
  servicePorts: undefined,
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
  {
    name: "a range of ports for services",
    own: { causeway_service_ports: "21300 - 21399" },
    reads: { servicePorts: { kind: "range", first: 21_300, last: 21_399 } },
  },
  {
    name: "a single port for services",
    own: { causeway_service_ports: 21_300 },
    reads: { servicePorts: { kind: "range", first: 21_300, last: 21_300 } },
  },
  {
    name: "a port for each service that is named",
    own: { causeway_service_ports: { billing: 21_300, db: "21301" } },
    reads: {
      servicePorts: {
        kind: "named",
        ports: new Map([
          ["billing", 21_300],
          ["db", 21_301],
        ]),
      },
    },
  },
  {
    name: "ports of proxy-defaults, which a reader of the registration does not see, are not for services",
    defaults: { causeway_service_ports: "21300-21399" },
    reads: {},
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
  ...["21399-21300", "0-10", "65535-65536", "some", "21300-", true].map((value) => ({
    name: `${value} is no range of ports for services`,
    own: { causeway_service_ports: value },
    reads: {
      problems: [
        {
          key: "causeway_service_ports",
          reason: `${JSON.stringify(value)} is neither a range of ports such as "21300-21399" nor a map of services to ports`,
        },
      ],
    },
  })),
  {
    name: "a service without a port that can be bound, or with another's, is told, and leaves the others alone",
    own: { causeway_service_ports: { web: 21_300, api: 21_300, db: 0, mail: "smtp" } },
    reads: {
      servicePorts: { kind: "named", ports: new Map([["api", 21_300]]) },
      problems: [
        { key: "causeway_service_ports.db", reason: "0 is no port from 1 to 65535" },
        { key: "causeway_service_ports.mail", reason: '"smtp" is no port from 1 to 65535' },
        { key: "causeway_service_ports.web", reason: "21300 is the port of api already" },
      ],
    },
  },
];

describe("readGatewayOptions", () => {
  for (const { name, own, defaults, reads } of cases) {
    test(name, () => expect(readGatewayOptions(own, defaults)).toEqual({ ...DEFAULTS, ...reads }));
  }
});
