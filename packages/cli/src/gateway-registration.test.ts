import { describe, expect, test } from "vitest";
import { type GatewayRequest, gatewayRegistration, kindOf, refuseExposedServers } from "./gateway-registration.ts";
import { addressSource } from "./sockaddr/index.ts";

const eth0 = {
  address: "10.0.0.5",
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "",
  internal: false,
  cidr: "10.0.0.5/24",
} as const;
const lo = {
  address: "127.0.0.1",
  netmask: "255.0.0.0",
  family: "IPv4",
  mac: "",
  internal: true,
  cidr: "127.0.0.1/8",
} as const;
const source = addressSource({ eth0: [eth0], lo: [lo] }, "eth0");

const request: GatewayRequest = {
  kind: "terminating-gateway",
  service: "us-west-gateway",
  proxyId: "us-west-gateway",
  address: '{{ GetInterfaceIP "eth0" }}:8443',
  wanAddress: undefined,
  bindAddresses: {},
  servicePorts: undefined,
  deregisterAfter: "6h",
};

describe("the registration of a gateway", () => {
  test("has its LAN address and a check that connects to it", () => {
    expect(gatewayRegistration(request, source)).toEqual({
      Kind: "terminating-gateway",
      Name: "us-west-gateway",
      ID: "us-west-gateway",
      Address: "10.0.0.5",
      Port: 8443,
      TaggedAddresses: { lan: { Address: "10.0.0.5", Port: 8443 } },
      Check: {
        Name: "terminating-gateway listening",
        TCP: "10.0.0.5:8443",
        Interval: "10s",
        DeregisterCriticalServiceAfter: "6h",
      },
    });
  });

  test("says which ports it has for one service each, beside what it binds", () => {
    const ported = gatewayRegistration({ ...request, servicePorts: "21300-21399" }, source);
    expect(ported).toMatchObject({ Proxy: { Config: { causeway_service_ports: "21300-21399" } } });
    const bindAddresses = { all: "127.0.0.1:9443" };
    expect(gatewayRegistration({ ...request, servicePorts: "21300", bindAddresses }, source)).toMatchObject({
      Proxy: { Config: { causeway_service_ports: "21300", envoy_gateway_no_default_bind: true } },
    });
  });

  test("is refused with ports for services that are none, or for what is no terminating gateway", () => {
    const ported = (facts: Partial<GatewayRequest>) => () => gatewayRegistration({ ...request, ...facts }, source);
    expect(ported({ servicePorts: "many" })).toThrow(
      "'-service-ports' must be a range of ports such as 21300-21399 (given: many)",
    );
    expect(ported({ servicePorts: "21300", kind: "mesh-gateway" })).toThrow(
      "'-service-ports' can only be used for terminating gateways",
    );
  });

  test("binds the addresses that it is told to, and is checked there", () => {
    const bound = gatewayRegistration({ ...request, bindAddresses: { all: "127.0.0.1:9443" } }, source);
    expect(bound).toMatchObject({
      Proxy: {
        Config: {
          envoy_gateway_no_default_bind: true,
          envoy_gateway_bind_addresses: { all: { Address: "127.0.0.1", Port: 9443 } },
        },
      },
      Check: { TCP: "127.0.0.1:9443" },
    });
  });

  test("binds LAN and WAN address when both are of this machine", () => {
    const { Proxy: proxy } = gatewayRegistration({ ...request, wanAddress: "127.0.0.1:443" }, source);
    expect(proxy).toEqual({
      Config: { envoy_gateway_no_default_bind: true, envoy_gateway_bind_tagged_addresses: true },
    });
  });

  test("binds the default alone when the WAN address is another machine's", () => {
    expect(gatewayRegistration({ ...request, wanAddress: "198.51.100.7:443" }, source)["Proxy"]).toBeUndefined();
  });

  test("of a mesh gateway has the address that other datacenters dial, and a check under its own kind", () => {
    const mesh: GatewayRequest = { ...request, kind: "mesh-gateway", wanAddress: "198.51.100.7:443" };
    expect(gatewayRegistration(mesh, source)).toEqual({
      Kind: "mesh-gateway",
      Name: "us-west-gateway",
      ID: "us-west-gateway",
      Address: "10.0.0.5",
      Port: 8443,
      TaggedAddresses: { lan: { Address: "10.0.0.5", Port: 8443 }, wan: { Address: "198.51.100.7", Port: 443 } },
      Check: {
        Name: "mesh-gateway listening",
        TCP: "10.0.0.5:8443",
        Interval: "10s",
        DeregisterCriticalServiceAfter: "6h",
      },
    });
  });

  test("is refused for a LAN address that cannot be bound", () => {
    expect(() => gatewayRegistration({ ...request, address: "198.51.100.7:8443" }, source)).toThrow(
      'The LAN address "198.51.100.7" will not be bindable. Either set a bindable address or override the bind addresses with -bind-address',
    );
  });

  test("without an address is the node's, at port 8443", () => {
    expect(gatewayRegistration({ ...request, address: "" }, source)).toMatchObject({
      Address: "",
      Port: 8443,
      Check: { TCP: "127.0.0.1:8443" },
    });
  });
});

test("a gateway of an unknown kind is refused, with the kinds there are", () => {
  for (const given of ["egress", "api", "toString", ""]) {
    expect(() => kindOf(given)).toThrow(`Gateway must be one of: terminating, mesh, ingress (given: ${given})`);
  }
});

const exposures = [
  { kind: "terminating-gateway", registers: true, says: "'-expose-servers' can only be used for mesh gateways" },
  { kind: "mesh-gateway", registers: false, says: "'-expose-servers' requires '-register'" },
  { kind: "mesh-gateway", registers: true, says: "its servers are not reached through gateways" },
] as const;
for (const { kind, registers, says } of exposures) {
  test(`servers are not exposed by a ${kind}${registers ? " that registers itself" : ""}`, () => {
    expect(() => refuseExposedServers(kind, registers)).toThrow(says);
  });
}
