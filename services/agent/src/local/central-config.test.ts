import type { ProxyDefaultsEntry, ServiceDefaultsEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { type CentralConfig, withCentralConfig } from "./central-config.ts";
import { serviceOf } from "./service-definition.ts";

const index = { CreateIndex: 1, ModifyIndex: 1 };
const global: ProxyDefaultsEntry = {
  Kind: "proxy-defaults",
  Name: "global",
  Config: { protocol: "http", connect_timeout_ms: 900 },
  MeshGateway: { Mode: "local" },
  ...index,
};
const web: ServiceDefaultsEntry = {
  Kind: "service-defaults",
  Name: "web",
  Protocol: "grpc",
  MeshGateway: { Mode: "remote" },
  ...index,
};

function central(entries: { global?: ProxyDefaultsEntry; services?: readonly ServiceDefaultsEntry[] }): CentralConfig {
  return {
    proxyDefaults: () => entries.global,
    serviceDefaults: (name) => entries.services?.find(({ Name }) => Name === name),
  };
}

const sidecar = (proxy: object) =>
  serviceOf({
    Kind: "connect-proxy",
    Name: "web-sidecar-proxy",
    Port: 21_000,
    Proxy: { DestinationServiceName: "web", ...proxy },
  });

describe("the registration of a proxy", () => {
  test("stays as it is when there are no defaults", () => {
    expect(withCentralConfig(sidecar({}), central({}))).toEqual(sidecar({}));
  });

  test("takes what it leaves out from proxy-defaults", () => {
    const { Proxy: proxy } = withCentralConfig(sidecar({ Config: { connect_timeout_ms: 5 } }), central({ global }));
    expect(proxy).toMatchObject({
      Config: { protocol: "http", connect_timeout_ms: 5 },
      MeshGateway: { Mode: "local" },
    });
  });

  test("takes the defaults of its own service before the global ones", () => {
    const { Proxy: proxy } = withCentralConfig(sidecar({}), central({ global, services: [web] }));
    expect(proxy).toMatchObject({ Config: { protocol: "grpc" }, MeshGateway: { Mode: "remote" } });
  });

  test("gives each upstream the protocol of its service and the proxy's gateway mode", () => {
    const db = { ...web, Name: "db", Protocol: "tcp" };
    const given = sidecar({
      Upstreams: [
        { DestinationName: "db", LocalBindPort: 1 },
        { DestinationName: "x", LocalBindPort: 2 },
      ],
    });
    expect(withCentralConfig(given, central({ global, services: [db] })).Proxy.Upstreams).toMatchObject([
      { Config: { protocol: "tcp" }, MeshGateway: { Mode: "local" } },
      { Config: { protocol: "http" }, MeshGateway: { Mode: "local" } },
    ]);
  });
});

describe("an upstream's registration", () => {
  const upstream = { DestinationName: "db", LocalBindPort: 1 };
  const configured = (more: Partial<ServiceDefaultsEntry>) => ({ ...web, MeshGateway: {}, ...more });
  const modeOf = (proxy: object, upstreamMore: object, entries: Parameters<typeof central>[0]) =>
    withCentralConfig(sidecar({ Upstreams: [{ ...upstream, ...upstreamMore }], ...proxy }), central(entries)).Proxy;

  test("is told the mode by the proxy's registration rather than by the caller's defaults for upstreams", () => {
    const UpstreamConfig = { Defaults: { MeshGateway: { Mode: "none" } } };
    const proxy = { MeshGateway: { Mode: "remote" } };
    expect(modeOf(proxy, {}, { services: [configured({ UpstreamConfig })] })).toMatchObject({
      MeshGateway: { Mode: "remote" },
      Upstreams: [{ MeshGateway: { Mode: "remote" } }],
    });
  });

  test("takes a mode for upstreams before one that was only merged into the proxy's", () => {
    const UpstreamConfig = { Defaults: { MeshGateway: { Mode: "none" } } };
    expect(modeOf({}, {}, { global, services: [configured({ UpstreamConfig })] })).toMatchObject({
      MeshGateway: { Mode: "local" },
      Upstreams: [{ MeshGateway: { Mode: "none" } }],
    });
  });

  test("takes an override before the proxy's registration, and its own mode before that", () => {
    const UpstreamConfig = { Overrides: [{ Name: "db", MeshGateway: { Mode: "local" } }] };
    const entries = { services: [configured({ UpstreamConfig })] };
    const proxy = { MeshGateway: { Mode: "remote" } };
    expect(modeOf(proxy, {}, entries).Upstreams).toMatchObject([{ MeshGateway: { Mode: "local" } }]);
    const own = { MeshGateway: { Mode: "none" } };
    expect(modeOf(proxy, own, entries).Upstreams).toMatchObject([{ MeshGateway: { Mode: "none" } }]);
  });

  test("is not told what the target's own service says: that counts last, when it is dialled", () => {
    const db = { ...web, Name: "db" };
    expect(modeOf({}, {}, { services: [db] }).Upstreams).toMatchObject([{ MeshGateway: {} }]);
  });

  test("takes protocol and timeout from the caller's override, then its defaults, then the target", () => {
    const db = { ...web, Name: "db", Protocol: "tcp" };
    const cache = { ...web, Name: "cache", Protocol: "tcp" };
    const UpstreamConfig = {
      Overrides: [{ Name: "db", Protocol: "http2", ConnectTimeoutMs: 900 }],
      Defaults: { Protocol: "http", ConnectTimeoutMs: 700 },
    };
    const Upstreams = [upstream, { DestinationName: "cache", LocalBindPort: 2, Config: { connect_timeout_ms: 5 } }];
    const entries = { global, services: [configured({ UpstreamConfig }), db, cache] };
    expect(modeOf({ Upstreams }, {}, entries).Upstreams).toMatchObject([
      { Config: { protocol: "http2", connect_timeout_ms: 900 } },
      { Config: { protocol: "http", connect_timeout_ms: 5 } },
    ]);
  });

  test("stays as it is when it is a prepared query", () => {
    const query = { ...upstream, DestinationType: "prepared_query", MeshGateway: {} };
    expect(modeOf({}, query, { global, services: [web] }).Upstreams).toEqual([query]);
  });
});

test("a typical service takes nothing from defaults", () => {
  const given = serviceOf({ Name: "web", Port: 80 });
  expect(withCentralConfig(given, central({ global, services: [web] }))).toBe(given);
});
