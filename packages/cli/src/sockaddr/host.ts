import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { formatNetwork, type Ip, parseIp } from "./ip.ts";

/** One address of one interface that is up. */
export type InterfaceAddress = {
  readonly name: string;
  readonly address: string;
  readonly ip: Ip;
  readonly loopback: boolean;
};

/** The addresses that templates choose from. */
export type AddressSource = {
  readonly interfaces: readonly InterfaceAddress[];
  /** Name of the interface with the default route, undefined where there is none or it is not known. */
  readonly defaultInterface: string | undefined;
};

/** Puts what `os.networkInterfaces()` gives and the name of the interface with the default route into one source. */
export function addressSource(
  interfaces: NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, "address" | "cidr" | "internal">[]>,
  defaultInterface?: string,
): AddressSource {
  const addresses = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.flatMap(({ address, cidr, internal }) => {
      const ip = parseIp(cidr ?? address);
      return ip === undefined ? [] : [{ name, address, ip, loopback: internal }];
    }),
  );
  return { interfaces: addresses, defaultInterface };
}

/** The addresses of this host, as they are now. Only Linux tells where the default route is. */
export function systemAddresses(): AddressSource {
  const routes = readIfThere("/proc/net/route");
  const routes6 = readIfThere("/proc/net/ipv6_route");
  return addressSource(networkInterfaces(), defaultInterfaceOf(routes, routes6));
}

/**
 * The interface of the default route with the smallest metric, in the kernel's tables for IPv4 and, where that has none, for IPv6.
 *
 * @see https://docs.kernel.org/networking/ip-sysctl.html, proc_net_route(5)
 */
export function defaultInterfaceOf(routes: string, routes6: string): string | undefined {
  const ipv4 = rowsOf(routes).flatMap(([name = "", destination, , flags, , , metric, mask]) =>
    destination === "00000000" && mask === "00000000" && isUp(flags) ? [{ name, metric: Number(metric) }] : [],
  );
  const ipv6 = rowsOf(routes6).flatMap(([destination = "", prefix, , , , metric = "", , , flags, name = ""]) =>
    /^0+$/.test(destination) && prefix === "00" && isUp(flags) && name !== "lo"
      ? [{ name, metric: Number.parseInt(metric, 16) }]
      : [],
  );
  const candidates = ipv4.length > 0 ? ipv4 : ipv6;
  return candidates.toSorted((a, b) => a.metric - b.metric)[0]?.name;
}

/** The host's interfaces with their addresses, for an operator who has to choose one. */
export function describeInterfaces({ interfaces }: AddressSource): string {
  const byName = Map.groupBy(interfaces, ({ name }) => name);
  const described = Array.from(byName, ([name, addresses]) => {
    return `${name} (${addresses.map(({ ip }) => formatNetwork(ip)).join(", ")})`;
  });
  return described.length === 0
    ? "this host has no interface with an address"
    : `this host has ${described.join(", ")}`;
}

function rowsOf(table: string): readonly (readonly string[])[] {
  return table.split("\n").map((row) => row.trim().split(/\s+/));
}

/** RTF_UP, and not RTF_REJECT. */
function isUp(flags = "0"): boolean {
  return (Number.parseInt(flags, 16) & 0x201) === 1;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or no IPv6: then that table has no routes.
    return "";
  }
}
