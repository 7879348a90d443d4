import { describe, expect, test } from "vitest";
import { AddressError } from "./errors.ts";
import { evaluateAddress } from "./evaluate.ts";
import { type AddressSource, addressSource } from "./host.ts";

/** A host in several networks; the default route is eth0's. */
const host = hostWith(
  {
    lo: ["127.0.0.1/8", "::1/128"],
    docker0: ["172.17.0.1/16"],
    eth0: ["10.0.0.5/24", "fd00::2/64", "fe80::1:2/64"],
    veth0: ["10.9.9.9/31"],
    wan: ["8.8.8.8/30", "2a00:1450:4001:81b::200e/48"],
  },
  "eth0",
);

function hostWith(networks: Readonly<Record<string, readonly string[]>>, defaultInterface?: string): AddressSource {
  const infos = Object.entries(networks).map(([name, cidrs]) => {
    return [name, cidrs.map((cidr) => ({ address: cidr.split("/")[0] ?? "", cidr, internal: name === "lo" }))] as const;
  });
  return addressSource(Object.fromEntries(infos), defaultInterface);
}

const values = [
  { template: "10.0.0.1:8443", text: "10.0.0.1:8443" },
  { template: '{{ GetInterfaceIP "eth0" }}:8443', text: "10.0.0.5:8443" },
  { template: '{{GetInterfaceIP "eth0"}}', text: "10.0.0.5" },
  { template: '{{ GetInterfaceIP "wan|docker" }}', text: "172.17.0.1" },
  { template: '{{ GetInterfaceIP "lo" }}', text: "127.0.0.1" },
  { template: '{{ GetInterfaceIPs "eth0" }}', text: "10.0.0.5 fd00::2 fe80::1:2" },
  { template: "{{ GetPrivateIP }}", text: "10.0.0.5" },
  { template: "{{ GetPrivateIPs }}", text: "10.0.0.5 fd00::2 172.17.0.1 10.9.9.9" },
  { template: "{{ GetPublicIP }}", text: "8.8.8.8" },
  { template: "{{ GetPublicIPs }}", text: "8.8.8.8 2a00:1450:4001:81b::200e" },
  { template: '{{ GetPrivateInterfaces | include "network" "172.16.0.0/12" | attr "address" }}', text: "172.17.0.1" },
  { template: '{{ GetPublicInterfaces | include "type" "IPv6" | attr "address" }}', text: "2a00:1450:4001:81b::200e" },
  { template: '{{ GetDefaultInterfaces | exclude "type" "IPv4" | join "address" " " }}', text: "fd00::2 fe80::1:2" },
  { template: '{{ GetAllInterfaces | include "name" "eth" | join "name" "," }}', text: "eth0,eth0,eth0,veth0" },
  { template: '{{ GetAllInterfaces | include "flags" "loopback" | join "address" "," }}', text: "127.0.0.1,::1" },
  {
    template: '{{ GetAllInterfaces | exclude "flag" "forwardable" | join "address" "," }}',
    text: "127.0.0.1,::1,fe80::1:2",
  },
  {
    template: '{{ GetAllInterfaces | include "rfc" "1918|4193" | join "address" "," }}',
    text: "172.17.0.1,10.0.0.5,fd00::2,10.9.9.9",
  },
  { template: '{{ GetAllInterfaces | include "address" "^10[.]" | join "address" "," }}', text: "10.0.0.5,10.9.9.9" },
  { template: '{{ GetAllInterfaces | include "size" "64" | join "address" "," }}', text: "fd00::2,fe80::1:2" },
  { template: '{{ GetAllInterfaces | include "port" "443" | join "address" "," }}', text: "" },
  { template: '{{ GetAllInterfaces | sort "-type,-address" | attr "address" }}', text: "fe80::1:2" },
  { template: '{{ GetAllInterfaces | sort "default,type" | attr "address" }}', text: "10.0.0.5" },
  { template: '{{ GetAllInterfaces | sort "-private,size" | attr "address" }}', text: "8.8.8.8" },
  {
    template: '{{ GetAllInterfaces | sort "name" | unique "name" | join "name" " " }}',
    text: "docker0 eth0 lo veth0 wan",
  },
  { template: '{{ GetAllInterfaces | offset 2 | limit 2 | join "address" " " }}', text: "172.17.0.1 10.0.0.5" },
  { template: '{{ GetAllInterfaces | offset "-1" | attr "address" }}', text: "2a00:1450:4001:81b::200e" },
  { template: '{{ . | include "name" "wan" | limit 1 | math "network" "-2" | attr "address" }}', text: "8.8.8.10" },
  {
    template: '{{ . | include "name" "wan" | limit 1 | math "address" "+3000000000" | attr "address" }}',
    text: "186.216.102.8",
  },
  { template: '{{ . | include "name" "eth0" | limit 1 | math "mask" "16" | attr "string" }}', text: "10.0.0.0/16" },
  { template: '{{ attr "netmask" (GetAllInterfaces | include "name" "docker0") }}', text: "255.255.0.0" },
  { template: '{{ . | include "name" "wan" | limit 1 | join "broadcast" " " }}', text: "8.8.8.11" },
  { template: '{{ . | include "name" "wan" | offset 1 | join "first_usable" " " }}', text: "2a00:1450:4001::" },
  { template: '{{ . | include "name" "docker0" | join "octets" " " }}', text: "172 17 0 1" },
  { template: "{{- /* the LAN */ -}} {{ GetPrivateIP -}} :80", text: "10.0.0.5:80" },
  {
    template: '{{ GetAllInterfaces | include "type" "IPv6" | include "name" "eth0" | limit 1 | attr "address" }}:80',
    text: "[fd00::2]:80",
  },
  { template: '[{{ . | include "address" "^fd" | attr "address" }}]:80', text: "[fd00::2]:80" },
];

describe("a template gives", () => {
  for (const { template, text } of values) {
    test(`${template} → ${text}`, () => expect(evaluateAddress(template, host)).toBe(text));
  }

  test("an address of a documentation network, where a host really has one", () => {
    const lab = hostWith({ eth0: ["192.0.2.2/24", "fd00::2/64"] });
    expect(evaluateAddress('{{ GetInterfaceIP "eth0" }}', lab)).toBe("192.0.2.2");
  });
});

const THERE_IS = "this host has lo (127.0.0.1/8), eth0 (10.0.0.5/24)";
const small = hostWith({ lo: ["127.0.0.1/8"], eth0: ["10.0.0.5/24"] });

const errors = [
  { template: '{{ GetInterfaceIP "eth9" }}:80', says: `GetInterfaceIP "eth9": no interface is called so; ${THERE_IS}` },
  { template: "{{ GetPublicIP }}", says: `GetPublicIP: there is no public address; ${THERE_IS}` },
  {
    template: "{{ GetDefaultInterfaces }}",
    says: `GetDefaultInterfaces: no default route is known; name an interface with GetInterfaceIP, ${THERE_IS}`,
  },
  {
    template: '{{ . | include "name" "x" | attr "address" }}',
    says: `attr "address": no address is left to take it from; ${THERE_IS}`,
  },
  {
    template: "{{ GetAllInterfaces }}",
    says: 'GetAllInterfaces: gives a list of addresses, not one; add | attr "address"',
  },
  { template: "{{ GetFoo }}", says: "GetFoo: no function is called so; there are GetAllInterfaces, " },
  { template: "{{ GetInterfaceIP }}", says: 'GetInterfaceIP: has 0 arguments; write it as GetInterfaceIP "eth0"' },
  { template: "{{ GetInterfaceIP eth0 }}", says: 'expected a text in quotes, "|" or "}}", found eth0' },
  {
    template: '{{ attr "address" "eth0" }}',
    says: 'attr "address" "eth0": needs a list of addresses, such as GetAllInterfaces gives',
  },
  { template: "{{ . | attr . }}", says: "attr .: argument 1 must be a text in quotes" },
  { template: '{{ . | limit "x" }}', says: 'limit "x": argument 1 must be a whole number' },
  {
    template: '{{ . | attr "constructor" }}',
    says: 'an address has no attribute "constructor"; there are address, binary, ',
  },
  { template: '{{ . | include "constructor" "x" }}', says: '"constructor" selects nothing; there are address, name, ' },
  { template: '{{ . | include "name" "[" }}', says: 'include "name" "[": Invalid regular expression' },
  { template: '{{ . | include "network" "ten" }}', says: "ten is no network, such as 10.0.0.0/8" },
  { template: '{{ . | include "rfc" "1" }}', says: "RFC 1 is not known; there are 919, " },
  { template: '{{ . | include "type" "ipx" }}', says: "ipx is no type; there are ip, ipv4, ipv6, unix" },
  {
    template: '{{ . | include "flags" "point-to-point" }}',
    says: "point-to-point is no flag that can be told here; there are forwardable, ",
  },
  { template: '{{ . | include "size" "big" }}', says: '"big" is no number of mask bits' },
  { template: '{{ . | sort "constructor" }}', says: "cannot sort by constructor; there are default, address, " },
  { template: '{{ . | unique "size" }}', says: '"size" cannot be made unique; there are address, name' },
  { template: "{{ . | offset 3 }}", says: "cannot skip 3 of 2 addresses" },
  { template: '{{ . | math "address" "5" }}', says: '"5" needs a sign and a whole number, such as "+1"' },
  { template: '{{ . | math "mask" "33" }}', says: '"33" is no number of mask bits between 0 and 32' },
  { template: '{{ . | math "sqrt" "+1" }}', says: 'cannot calculate "sqrt"; there are address, network, mask' },
  {
    template: "{{ range . }}x{{ end }}",
    says: '"range" is not supported in an address; choose with include, sort and limit instead',
  },
  { template: "{{ GetPrivateIP", says: 'a "{{" has no "}}" that ends it' },
  { template: "{{ }}", says: 'expected a function, found "}}"' },
  { template: '{{ attr "x" ( . }}', says: 'expected ")", found "}}"' },
  {
    template: String.raw`{{ GetInterfaceIP "\q" }}`,
    says: String.raw`"\q" is not a text in quotes; write \\ for a backslash, or use backticks`,
  },
];

describe("a template that gives no address is refused", () => {
  for (const { template, says } of errors) {
    test(template, () => {
      const evaluating = () => evaluateAddress(template, small);
      expect(evaluating).toThrow(AddressError);
      expect(evaluating).toThrow(`Error parsing address ${JSON.stringify(template)}: `);
      expect(evaluating).toThrow(says);
    });
  }
});
