import { describe, expect, test } from "vitest";
import { bestAddress, type Network } from "./best-address.ts";
import { instanceRecord } from "./testing.ts";

const wan = { Address: "203.0.113.7", Port: 9443 };
const nodeWan = { TaggedAddresses: { wan: "203.0.113.1" } };

type Case = Parameters<typeof instanceRecord>[0] & {
  readonly name: string;
  readonly from?: Network;
  readonly at: string;
};

const cases: readonly Case[] = [
  { name: "the service's own address goes before its node's", Service: "db", Address: "10.9.9.9", at: "10.9.9.9:8080" },
  { name: "without one it is the node's address", Service: "db", at: "10.0.0.1:8080" },
  { name: "a host name is an address too", Service: "db", Address: "db.example.com", at: "db.example.com:8080" },
  { name: "nearby the wan address is not looked at", Service: "db", TaggedAddresses: { wan }, at: "10.0.0.1:8080" },
  {
    name: "from elsewhere it is the wan address",
    Service: "db",
    TaggedAddresses: { wan },
    from: "wan",
    at: "203.0.113.7:9443",
  },
  {
    name: "a wan address without a port keeps the service's port",
    Service: "db",
    TaggedAddresses: { wan: { ...wan, Port: 0 } },
    from: "wan",
    at: "203.0.113.7:8080",
  },
  {
    name: "from elsewhere the service's address goes before the node's wan",
    Service: "db",
    Address: "10.9.9.9",
    Node: nodeWan,
    from: "wan",
    at: "10.9.9.9:8080",
  },
  {
    name: "from elsewhere the node's wan address stands in",
    Service: "db",
    Node: nodeWan,
    from: "wan",
    at: "203.0.113.1:8080",
  },
];

describe("bestAddress", () => {
  for (const { name, from = "lan", at, ...facts } of cases) {
    test(name, () => {
      const { address, port } = bestAddress(instanceRecord(facts), from);
      expect(`${address}:${port}`).toBe(at);
    });
  }
});
