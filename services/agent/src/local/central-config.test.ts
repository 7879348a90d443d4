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

test("a typical service takes nothing from defaults", () => {
  const given = serviceOf({ Name: "web", Port: 80 });
  expect(withCentralConfig(given, central({ global, services: [web] }))).toBe(given);
});
