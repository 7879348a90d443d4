import { describe, expect, test } from "vitest";
import { AddressError } from "./errors.ts";
import { addressSource } from "./host.ts";
import { parseAddress } from "./parse-address.ts";

const source = addressSource({
  eth0: [{ address: "10.0.0.5", cidr: "10.0.0.5/24", internal: false }],
  six: [{ address: "fd00::2", cidr: "fd00::2/64", internal: false }],
});

const addresses = [
  { text: "10.0.0.1:9000", address: "10.0.0.1", port: 9000 },
  { text: "10.0.0.1", address: "10.0.0.1", port: 8443 },
  { text: "10.0.0.1:", address: "10.0.0.1", port: 8443 },
  { text: ":9000", address: "", port: 9000 },
  { text: "", address: "", port: 8443 },
  { text: "gateway.example.com:443", address: "gateway.example.com", port: 443 },
  { text: "[fd00::1]:9000", address: "fd00::1", port: 9000 },
  { text: "[fd00::1]", address: "fd00::1", port: 8443 },
  { text: '{{ GetInterfaceIP "eth0" }}:9000', address: "10.0.0.5", port: 9000 },
  { text: '{{ GetInterfaceIP "eth0" }}', address: "10.0.0.5", port: 8443 },
  { text: '{{ GetInterfaceIP "six" }}:9000', address: "fd00::2", port: 9000 },
  { text: '[{{ GetInterfaceIP "six" }}]:9000', address: "fd00::2", port: 9000 },
];

const refused = [
  { text: "gateway", message: 'Error parsing address "gateway": not an IP address' },
  { text: "[gateway]", message: 'Error parsing address "[gateway]": not an IP address' },
  { text: "10.0.0.256", message: 'Error parsing address "10.0.0.256": not an IP address' },
  {
    text: "fd00::1:9000",
    message:
      'Error parsing address "fd00::1:9000": address fd00::1:9000: too many colons in address; write IPv6 in brackets, such as [fd00::1:9000]:8443',
  },
  { text: "a:b:c", message: 'Error parsing address "a:b:c": address a:b:c: too many colons in address' },
  { text: "10.0.0.1:http", message: 'Error parsing port "http": strconv.Atoi: parsing "http": invalid syntax' },
  { text: "10.0.0.1:65536", message: 'Error parsing port "65536": not between 0 and 65535' },
];

describe("an address on the command line", () => {
  for (const { text, address, port } of addresses) {
    test(`${text || "(empty)"} is ${address || "the node"} at ${port}`, () => {
      expect(parseAddress(text, source)).toEqual({ address, port });
    });
  }

  for (const { text, message } of refused) {
    test(`${text} is refused in Consul's words`, () => {
      expect(() => parseAddress(text, source)).toThrow(AddressError);
      expect(() => parseAddress(text, source)).toThrow(message);
    });
  }

  test("another default port", () => {
    expect(parseAddress("10.0.0.1", source, 443)).toEqual({ address: "10.0.0.1", port: 443 });
  });
});
