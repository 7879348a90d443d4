import { describe, expect, test } from "vitest";
import { gatewayBinds } from "./gateway-binds.ts";
import { readGatewayOptions } from "./gateway-options.ts";
import type { Route } from "./route.ts";
import { serviceListeners } from "./service-listeners.ts";
import type { CompiledService } from "./service-routes.ts";
import { instanceRecord, linkRecord } from "./testing.ts";

type Addresses = Readonly<Record<string, string>>;

function gateway(causeway_service_ports: unknown, addresses: Addresses = { default: "10.0.0.9" }) {
  const binds = Object.entries(addresses).map(([name, address]) => [name, { address, port: 8_443 }]);
  const Config = {
    causeway_service_ports,
    envoy_gateway_no_default_bind: true,
    envoy_gateway_bind_addresses: Object.fromEntries(binds),
  };
  return instanceRecord({ Service: "gw", Kind: "terminating-gateway", Port: 8_443, Proxy: { Config } }).Service;
}

function compiled(service: string, ...subsets: readonly string[]): CompiledService {
  const routes = [undefined, ...subsets].map((subset) => {
    const route: Route = {
      name: service,
      inbound: { kind: "passthrough" },
      outbound: { kind: "plain" },
      endpoints: [],
      connectTimeoutMs: 1,
    };
    return { serverName: `${subset}.${service}`, subset, route };
  });
  return { service, routes, unavailable: [] };
}

const slotted = (service: string, Slot: number) => linkRecord("gw", service, { Slot });

function listenersOf(
  service: ReturnType<typeof gateway>,
  parts: readonly CompiledService[],
  links = parts.map((part, slot) => slotted(part.service, slot)),
) {
  const { binds } = gatewayBinds(service, readGatewayOptions(service.Proxy.Config));
  return serviceListeners({ service, binds, links, compiled: parts });
}

const places = ({ listeners }: ReturnType<typeof listenersOf>) =>
  listeners.map(({ name, address, port }) => `${name}: ${address} ${port}`);

describe("listeners for one service each", () => {
  test("are none where the gateway has not opted in", () => {
    expect(listenersOf(gateway(undefined), [compiled("api")])).toEqual({ listeners: [], unavailable: [] });
  });

  test("have the very route of the service's own name, and none of its subsets", () => {
    const api = compiled("api", "v1", "v2");
    const { listeners } = listenersOf(gateway("7000-7009"), [api]);
    expect(listeners.map(({ match }) => match.by === "listener" && match.route)).toEqual([api.routes[0]?.route]);
    expect(listeners[0]?.match).toHaveProperty("route", api.routes[0]?.route);
  });

  test("are in the order of the services, whatever that of the inputs", () => {
    const links = [slotted("db", 0), slotted("api", 1)];
    const found = listenersOf(gateway("7000-7009"), [compiled("db"), compiled("api")], links);
    expect(places(found)).toEqual(["api at default: 10.0.0.9 7001", "db at default: 10.0.0.9 7000"]);
  });

  test("are at each address that all services have", () => {
    const service = gateway("7000-7009", { lan: "10.0.0.9", second: "10.0.0.9", v6: "fd00::9" });
    expect(places(listenersOf(service, [compiled("api")]))).toEqual([
      "api at lan: 10.0.0.9 7000",
      "api at v6: fd00::9 7000",
    ]);
  });

  test("are at every interface once, where that is one of the addresses", () => {
    const service = gateway("7000-7009", { all: "0.0.0.0", lan: "10.0.0.9" });
    expect(places(listenersOf(service, [compiled("api")]))).toEqual(["api at all: 0.0.0.0 7000"]);
    const both = gateway("7000-7009", { all: "0.0.0.0", every: "::" });
    expect(places(listenersOf(both, [compiled("api")]))).toEqual(["api at every: :: 7000"]);
  });

  test("are not there for a service without a route, which tells its own reason", () => {
    const noLeaf: CompiledService = { service: "api", routes: [], unavailable: [{ name: "api", reason: "no leaf" }] };
    expect(listenersOf(gateway("7000-7009"), [noLeaf])).toEqual({ listeners: [], unavailable: [] });
  });

  test("that have no port are told, and cost no other", () => {
    const found = listenersOf(gateway("7000-7000"), [compiled("api"), compiled("db")]);
    expect(places(found)).toEqual(["api at default: 10.0.0.9 7000"]);
    expect(found.unavailable).toEqual([
      { name: "port of db", reason: "the ports 7000 to 7000 are all in use; make the range 1 wider or more" },
    ]);
  });
});
