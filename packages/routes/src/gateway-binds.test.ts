import type { CatalogService } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { gatewayBinds } from "./gateway-binds.ts";
import { readGatewayOptions } from "./gateway-options.ts";
import { instanceRecord } from "./testing.ts";

const lan = { Address: "10.0.0.9", Port: 8443 };
const wan = { Address: "203.0.113.7", Port: 443 };

type Case = {
  readonly name: string;
  readonly service?: Partial<CatalogService>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly binds: readonly string[];
  readonly unavailable?: readonly string[];
};

const cases: readonly Case[] = [
  { name: "its own address and port", service: { Address: "10.0.0.9" }, binds: ["default 10.0.0.9 8443"] },
  { name: "every interface without an address", binds: ["default 0.0.0.0 8443"] },
  { name: "an IPv6 address", service: { Address: "::1" }, binds: ["default ::1 8443"] },
  {
    name: "tagged addresses are not bound unless asked for",
    service: { TaggedAddresses: { lan, wan } },
    binds: ["default 0.0.0.0 8443"],
  },
  {
    name: "tagged addresses besides",
    service: { TaggedAddresses: { wan, lan } },
    config: { envoy_gateway_bind_tagged_addresses: true },
    binds: ["default 0.0.0.0 8443", "lan 10.0.0.9 8443", "wan 203.0.113.7 443"],
  },
  {
    name: "only tagged addresses",
    service: { TaggedAddresses: { lan, wan } },
    config: { envoy_gateway_bind_tagged_addresses: true, envoy_gateway_no_default_bind: true },
    binds: ["lan 10.0.0.9 8443", "wan 203.0.113.7 443"],
  },
  {
    name: "custom addresses besides",
    config: { envoy_gateway_bind_addresses: { foo: { address: "198.17.2.3", port: 8080 } } },
    binds: ["default 0.0.0.0 8443", "foo 198.17.2.3 8080"],
  },
  {
    name: "a custom address takes the place of a tagged one of its name",
    service: { TaggedAddresses: { wan } },
    config: {
      envoy_gateway_bind_tagged_addresses: true,
      envoy_gateway_bind_addresses: { wan: { address: "198.17.2.3", port: 8080 } },
    },
    binds: ["default 0.0.0.0 8443", "wan 198.17.2.3 8080"],
  },
  {
    name: "of two with the same address and port the first by name",
    service: { Address: "10.0.0.9", TaggedAddresses: { lan, a: lan } },
    config: { envoy_gateway_bind_tagged_addresses: true },
    binds: ["a 10.0.0.9 8443"],
  },
  {
    name: "a host name cannot be bound, and costs no other",
    service: { TaggedAddresses: { wan: { Address: "gw.example.com", Port: 443 } } },
    config: { envoy_gateway_bind_tagged_addresses: true },
    binds: ["default 0.0.0.0 8443"],
    unavailable: ["listener wan: gw.example.com is no IP address and cannot be bound"],
  },
  { name: "nothing at all", config: { envoy_gateway_no_default_bind: true }, binds: [] },
];

describe("gatewayBinds", () => {
  for (const { name, service, config, binds, unavailable = [] } of cases) {
    test(name, () => {
      const record = instanceRecord({ Service: "gateway", Kind: "terminating-gateway", Port: 8443, ...service });
      const bound = gatewayBinds(record.Service, readGatewayOptions(config));
      expect(bound.binds.map((bind) => `${bind.name} ${bind.address} ${bind.port}`)).toEqual(binds);
      expect(bound.unavailable.map((fault) => `${fault.name}: ${fault.reason}`)).toEqual(unavailable);
    });
  }
});
