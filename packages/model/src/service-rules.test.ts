import { describe, expect, test } from "vitest";
import type { ProxyRegistration, ServiceRegistration, UpstreamRegistration } from "./registration.ts";
import { serviceProblems } from "./service-rules.ts";

const sidecar = (proxy: ProxyRegistration = {}, more: ServiceRegistration = {}): ServiceRegistration => ({
  Kind: "connect-proxy",
  Service: "web-sidecar-proxy",
  Port: 21_000,
  Proxy: { DestinationServiceName: "web", ...proxy },
  ...more,
});

const upstream = (more: UpstreamRegistration = {}): UpstreamRegistration => ({
  DestinationName: "db",
  LocalBindPort: 5_000,
  ...more,
});

const path = (more: object = {}) => ({ Path: "/health", ListenerPort: 8_000, LocalPathPort: 8_001, ...more });
const gateway = (Kind: string, more: ServiceRegistration = {}): ServiceRegistration => ({ Kind, Port: 8_443, ...more });

type Case = { readonly name: string; readonly service: ServiceRegistration; readonly problems: readonly string[] };

const sidecars: readonly Case[] = [
  { name: "a sidecar", service: sidecar({ Upstreams: [upstream()] }), problems: [] },
  {
    name: "no destination",
    service: sidecar({ DestinationServiceName: " " }),
    problems: ["Proxy.DestinationServiceName must be non-empty for Connect proxy services"],
  },
  {
    name: "any destination",
    service: sidecar({ DestinationServiceName: "*" }),
    problems: ["Proxy.DestinationServiceName must not be a wildcard for Connect proxy services"],
  },
  { name: "no port", service: sidecar({}, { Port: 0 }), problems: ["Port must be set for a Connect proxy"] },
  { name: "a socket instead of a port", service: sidecar({}, { Port: 0, SocketPath: "/run/web" }), problems: [] },
  {
    name: "native too",
    service: sidecar({}, { Connect: { Native: true } }),
    problems: ["A Proxy cannot also be Connect Native, only typical services"],
  },
  {
    name: "several complaints come in order",
    service: { Kind: "connect-proxy", Connect: { Native: true } },
    problems: [
      "Proxy.DestinationServiceName must be non-empty for Connect proxy services",
      "Port must be set for a Connect proxy",
      "A Proxy cannot also be Connect Native, only typical services",
    ],
  },
];

const upstreams: readonly (Omit<Case, "service"> & { readonly upstreams: readonly UpstreamRegistration[] })[] = [
  {
    name: "of an unknown type",
    upstreams: [upstream({ DestinationType: "garbage" })],
    problems: ['unknown upstream destination type: "garbage"'],
  },
  {
    name: "without a name",
    upstreams: [upstream({ DestinationName: "" })],
    problems: ["upstream destination name cannot be empty"],
  },
  {
    name: "to anything",
    upstreams: [upstream({ DestinationName: "*" })],
    problems: ["upstream destination name cannot be a wildcard"],
  },
  {
    name: "to a peer and a datacenter",
    upstreams: [upstream({ DestinationPeer: "p", Datacenter: "dc2" })],
    problems: ["upstream cannot specify both destination peer and datacenter"],
  },
  {
    name: "without a port",
    upstreams: [upstream({ LocalBindPort: 0 })],
    problems: ["upstream local bind port cannot be zero"],
  },
  { name: "on a socket", upstreams: [upstream({ LocalBindPort: 0, LocalBindSocketPath: "/run/db" })], problems: [] },
  {
    name: "on a port and a socket",
    upstreams: [upstream({ LocalBindSocketPath: "/run/db" })],
    problems: ["only one of upstream local bind port or local socket path can be defined and nonzero"],
  },
  {
    name: "to one destination twice",
    upstreams: [upstream(), upstream({ LocalBindPort: 5_001 })],
    problems: ['upstreams cannot contain duplicates of [type="service", name="db", namespace="", datacenter=""]'],
  },
  {
    name: "to one service in two datacenters",
    upstreams: [upstream(), upstream({ LocalBindPort: 5_001, Datacenter: "dc2" })],
    problems: [],
  },
  {
    name: "on one listener twice",
    upstreams: [upstream(), upstream({ DestinationName: "cache" })],
    problems: [
      'upstreams cannot contain duplicates by local bind address and port; "127.0.0.1:5000" is specified twice',
    ],
  },
  {
    name: "on one IPv6 listener twice",
    upstreams: [upstream({ LocalBindAddress: "::1" }), upstream({ LocalBindAddress: "::1", DestinationName: "cache" })],
    problems: ['upstreams cannot contain duplicates by local bind address and port; "[::1]:5000" is specified twice'],
  },
];

const exposed = [
  { name: "an empty path", paths: [path({ Path: "" })], problems: ["expose.paths: empty path exposed"] },
  {
    name: "a path twice",
    paths: [path(), path({ ListenerPort: 8_002 })],
    problems: ["expose.paths: duplicate paths exposed"],
  },
  {
    name: "a port twice",
    paths: [path(), path({ Path: "/ready" })],
    problems: ["expose.paths: duplicate listener ports exposed"],
  },
  {
    name: "no legal port",
    paths: [path({ ListenerPort: 65_536 })],
    problems: ["expose.paths: invalid listener port: 65536"],
  },
  {
    name: "another protocol",
    paths: [path({ Protocol: "TCP" })],
    problems: ["protocol 'tcp' not supported for path: /health, must be in: [http http2]"],
  },
];

const gateways: readonly Case[] = [
  { name: "with a port", service: gateway("terminating-gateway"), problems: [] },
  {
    name: "without a port",
    service: gateway("terminating-gateway", { Port: 0 }),
    problems: ["Port must be non-zero for a terminating-gateway"],
  },
  { name: "an ingress needs no port", service: gateway("ingress-gateway", { Port: 0 }), problems: [] },
  {
    name: "with a sidecar",
    service: gateway("mesh-gateway", { Connect: { SidecarService: {} } }),
    problems: ["A mesh-gateway cannot have a sidecar service defined"],
  },
  {
    name: "with all that only a sidecar can have",
    service: gateway("mesh-gateway", {
      Proxy: {
        DestinationServiceName: "web",
        DestinationServiceID: "web-1",
        LocalServiceAddress: "127.0.0.1",
        LocalServicePort: 80,
        LocalServiceSocketPath: "/run/web",
        Upstreams: [upstream()],
      },
    }),
    problems: [
      "DestinationServiceName",
      "DestinationServiceID",
      "LocalServiceAddress",
      "LocalServicePort",
      "LocalServiceSocketPath",
      "Upstreams",
    ].map((field) => `The Proxy.${field} configuration is invalid for a mesh-gateway`),
  },
];

const nested: readonly Case[] = [
  {
    name: "a sidecar that names its ID",
    service: { Service: "web", Connect: { SidecarService: { ID: "mine" } } },
    problems: ["A SidecarService cannot specify an ID as this is managed by the agent"],
  },
  {
    name: "a sidecar with a sidecar",
    service: { Service: "web", Connect: { SidecarService: { Connect: { SidecarService: {} } } } },
    problems: ["A SidecarService cannot have a nested SidecarService"],
  },
];

describe("a connect-proxy", () => {
  for (const { name, service, problems } of sidecars) {
    test(name, () => expect(serviceProblems(service)).toEqual(problems));
  }
});

describe("an upstream", () => {
  for (const { name, upstreams: list, problems } of upstreams) {
    test(name, () => expect(serviceProblems(sidecar({ Upstreams: [...list] }))).toEqual(problems));
  }
});

describe("an exposed path", () => {
  for (const { name, paths, problems } of exposed) {
    test(name, () => expect(serviceProblems(sidecar({ Expose: { Paths: paths } }))).toEqual(problems));
  }
});

describe("a gateway", () => {
  for (const { name, service, problems } of gateways) {
    test(name, () => expect(serviceProblems(service)).toEqual(problems));
  }
});

describe("a nested sidecar", () => {
  for (const { name, service, problems } of nested) {
    test(name, () => expect(serviceProblems(service)).toEqual(problems));
  }
});

test("a typical service is left alone", () => {
  expect(serviceProblems({ Service: "web", Port: 0 })).toEqual([]);
});
