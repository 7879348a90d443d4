import type { IngressGatewayEntry, LinkedService, TerminatingGatewayEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { connectRow, gatewayLinks } from "./link-rules.ts";

const entry = (...Services: readonly LinkedService[]): TerminatingGatewayEntry => ({
  Kind: "terminating-gateway",
  Name: "tgw",
  Services: [...Services],
  CreateIndex: 0,
  ModifyIndex: 0,
});
const link = (Service: string, more: object = {}) => ({
  Gateway: "tgw",
  Service,
  GatewayKind: "terminating-gateway",
  ...more,
});

const wild = { Name: "*", CAFile: "/wild.crt", SNI: "wild" };
const cases = [
  { name: "an entry without services links nothing", entry: entry(), service: "api", typical: true, linked: undefined },
  {
    name: "a named service is linked with its files",
    entry: entry({ Name: "api", CAFile: "/ca.crt", CertFile: "/c.crt", KeyFile: "/k.key", SNI: "api.example.com" }),
    service: "api",
    typical: true,
    linked: link("api", { CAFile: "/ca.crt", CertFile: "/c.crt", KeyFile: "/k.key", SNI: "api.example.com" }),
  },
  {
    name: "a named service is linked whether or not it is registered",
    entry: entry({ Name: "api" }),
    service: "api",
    typical: false,
    linked: link("api"),
  },
  { name: "another one is not", entry: entry({ Name: "api" }), service: "web", typical: true, linked: undefined },
  {
    name: "a wildcard links what is registered, with its own files",
    entry: entry(wild),
    service: "web",
    typical: true,
    linked: link("web", { CAFile: "/wild.crt", SNI: "wild", FromWildcard: true }),
  },
  { name: "a wildcard links nothing else", entry: entry(wild), service: "web", typical: false, linked: undefined },
  {
    name: "a named service takes nothing from the wildcard",
    entry: entry(wild, { Name: "api" }),
    service: "api",
    typical: true,
    linked: link("api"),
  },
  {
    name: "a wildcard leaves the control plane out",
    entry: entry(wild),
    service: "consul",
    typical: true,
    linked: undefined,
  },
  {
    name: "the control plane can be named",
    entry: entry({ Name: "consul" }),
    service: "consul",
    typical: true,
    linked: link("consul"),
  },
  { name: "the wildcard itself is no link", entry: entry(wild), service: "*", typical: true, linked: undefined },
] as const;

describe("a link of a terminating gateway", () => {
  for (const { name, entry: given, service, typical, linked } of cases) {
    const links = linked === undefined ? [] : [linked];
    test(name, () => expect(gatewayLinks(given, service, typical)).toEqual(links));
  }
});

describe("a link of an ingress gateway", () => {
  const ingress: IngressGatewayEntry = {
    Kind: "ingress-gateway",
    Name: "igw",
    TLS: { Enabled: false },
    Listeners: [
      { Port: 8_888, Protocol: "tcp", Services: [{ Name: "api", Hosts: null }] },
      {
        Port: 8_080,
        Protocol: "http",
        Services: [
          { Name: "*", Hosts: null },
          { Name: "api", Hosts: ["api.example.com"] },
        ],
      },
    ],
    CreateIndex: 0,
    ModifyIndex: 0,
  };
  const at = (Service: string, Port: number, Protocol: string, more: object = {}) => ({
    Gateway: "igw",
    Service,
    GatewayKind: "ingress-gateway",
    Port,
    Protocol,
    ...more,
  });

  test("is one for each listener that exposes the service", () => {
    const links = [at("api", 8_888, "tcp"), at("api", 8_080, "http", { Hosts: ["api.example.com"] })];
    expect(gatewayLinks(ingress, "api", false)).toEqual(links);
  });

  test("comes from a wildcard for what is registered", () => {
    expect(gatewayLinks(ingress, "web", true)).toEqual([at("web", 8_080, "http", { FromWildcard: true })]);
    expect(gatewayLinks(ingress, "web", false)).toEqual([]);
  });
});

describe("who serves a destination", () => {
  const rows = [
    { name: "nobody", linked: false, sidecars: 0, natives: 0, kind: undefined },
    { name: "itself", linked: false, sidecars: 0, natives: 1, kind: "native" },
    { name: "a sidecar", linked: false, sidecars: 2, natives: 0, kind: "connect-proxy" },
    {
      name: "a gateway, with or without instances",
      linked: true,
      sidecars: 0,
      natives: 0,
      kind: "terminating-gateway",
    },
    { name: "a gateway before all else", linked: true, sidecars: 1, natives: 1, kind: "terminating-gateway" },
  ];
  for (const { name, kind, ...by } of rows) {
    test(name, () => expect(connectRow("api", "p", by)?.Kind).toBe(kind));
  }
});
