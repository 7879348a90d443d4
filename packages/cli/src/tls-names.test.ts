import { expect, test } from "vitest";
import { type NameFlags, tlsNames } from "./tls-names.ts";

const PLACE = { dc: "dc1", domain: "consul" };

test.each([
  {
    flags: {
      ...PLACE,
      server: true,
      node: "a1",
      additionalDnsname: [" agent.example.com "],
      additionalIpaddress: ["::1"],
    },
    expected: {
      commonName: "server.dc1.consul",
      dnsNames: ["agent.example.com", "a1.server.dc1.consul", "server.dc1.consul", "localhost"],
      ipAddresses: ["::1", "127.0.0.1"],
      fileName: "dc1-server-consul",
    },
  },
  {
    flags: { dc: "east", domain: "mesh", client: true },
    expected: {
      commonName: "client.east.mesh",
      dnsNames: ["client.east.mesh", "localhost"],
      ipAddresses: ["127.0.0.1"],
      fileName: "east-client-mesh",
    },
  },
  {
    flags: { ...PLACE, cli: true },
    expected: {
      commonName: "cli.dc1.consul",
      dnsNames: ["cli.dc1.consul", "localhost"],
      ipAddresses: [],
      fileName: "dc1-cli-consul",
    },
  },
] satisfies { flags: NameFlags; expected: unknown }[])("$expected.fileName", ({ flags, expected }) => {
  expect(tlsNames(flags)).toEqual(expected);
});

test.each([
  [{ ...PLACE }, "Please provide either -server, -client, or -cli"],
  [{ ...PLACE, server: true, cli: true }, "Please provide either -server, -client, or -cli"],
  [{ ...PLACE, client: true, node: "a1" }, "-node requires -server"],
  [{ ...PLACE, server: true, additionalIpaddress: ["10.0.0"] }, 'must be an IP address, not "10.0.0"'],
] satisfies [NameFlags, string][])("%j is refused", (flags, problem) => {
  expect(() => tlsNames(flags)).toThrow(problem);
});
