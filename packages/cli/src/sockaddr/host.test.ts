import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { defaultInterfaceOf, systemAddresses } from "./host.ts";
import { formatIp, parseIp } from "./ip.ts";

const HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
const LAN = "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
const SLOW = "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n";
const FAST = "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
const DOWN = "eth1\t00000000\t0100000B\t0002\t0\t0\t0\t00000000\t0\t0\t0\n";
const ZERO = "0".repeat(32);
const VIA6 = `${ZERO} 00 ${ZERO} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth6\n`;
const UNREACHABLE6 = `${ZERO} 00 ${ZERO} 00 ${ZERO} ffffffff 00000001 00000000 00200200       lo\n`;

describe("the interface of the default route", () => {
  const cases = [
    { name: "is that of the smallest metric", routes: HEADER + SLOW + LAN + FAST, routes6: "", found: "eth0" },
    { name: "is not one that is down", routes: HEADER + DOWN + SLOW, routes6: "", found: "wlan0" },
    { name: "is IPv6's where IPv4 has none", routes: HEADER + LAN, routes6: UNREACHABLE6 + VIA6, found: "eth6" },
    { name: "is IPv4's where both have one", routes: HEADER + SLOW, routes6: VIA6, found: "wlan0" },
    { name: "is not there without a default route", routes: HEADER + LAN, routes6: UNREACHABLE6, found: undefined },
    { name: "is not known without tables", routes: "", routes6: "", found: undefined },
  ];
  for (const { name, routes, routes6, found } of cases) {
    test(name, () => expect(defaultInterfaceOf(routes, routes6)).toBe(found));
  }
});

describe("this host", () => {
  test("has the addresses that the system lists, in the same spelling", () => {
    const listed = Object.values(networkInterfaces()).flatMap((infos = []) => infos.map(({ address }) => address));
    const { interfaces } = systemAddresses();
    expect(interfaces.map(({ address }) => address)).toEqual(listed);
    expect(interfaces.map(({ ip }) => formatIp(ip))).toEqual(listed);
  });
});

describe("addresses are written in their shortest form", () => {
  for (const [text, written] of [
    ["10.1.2.3", "10.1.2.3"],
    ["::", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["FD00:0:0:0:0:0:0:0", "fd00::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:0:2:0:0:3:4", "1::2:0:0:3:4"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["10:0:0:0:100:0:0:10", "10::100:0:0:10"],
    ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
  ] as const) {
    test(text, () => {
      const ip = parseIp(text);
      expect(ip && formatIp(ip)).toBe(written);
    });
  }

  for (const text of ["", "10.0.0", "10.0.0.1/33", "::1/129", "10.0.0.1/x", "10.0.0.1/8/8", "eth0"]) {
    test(`${JSON.stringify(text)} is none`, () => expect(parseIp(text)).toBeUndefined());
  }
});
