import type { InterfaceAddress } from "./host.ts";
import { BITS, formatIp, formatNetwork, hostMask, type Ip, lastValue, networkValue, octetsOf } from "./ip.ts";

type Attribute = (address: InterfaceAddress) => string;

const COMMON = Object.entries<Attribute>({
  name: ({ name }) => name,
  flags: ({ loopback }) => (loopback ? "up|loopback" : "up|broadcast|multicast"),
  address: ({ ip }) => formatIp(ip),
  binary: ({ ip }) => ip.value.toString(2).padStart(BITS[ip.family], "0"),
  first_usable: ({ ip }) => at(ip, firstUsable(ip)),
  hex: ({ ip }) => ip.value.toString(16).padStart(BITS[ip.family] / 4, "0"),
  host: ({ ip }) => formatIp(ip),
  last_usable: ({ ip }) => at(ip, lastUsable(ip)),
  mask_bits: ({ ip }) => String(ip.prefixLength),
  netmask: ({ ip }) => at(ip, (1n << BigInt(BITS[ip.family])) - 1n - hostMask(ip)),
  network: ({ ip }) => at(ip, networkValue(ip)),
  octets: ({ ip }) => octetsOf(ip).join(" "),
  port: () => "0",
  size: ({ ip }) => String(hostMask(ip) + 1n),
  string: ({ ip }) => formatNetwork(ip),
  type: ({ ip }) => `IPv${ip.family}`,
});
const OF_IPV4 = Object.entries<Attribute>({
  broadcast: ({ ip }) => at(ip, lastValue(ip)),
  uint32: ({ ip }) => String(ip.value),
});
const OF_IPV6 = Object.entries<Attribute>({ uint128: ({ ip }) => String(ip.value) });
const OF_FAMILY = { 4: new Map([...COMMON, ...OF_IPV4]), 6: new Map([...COMMON, ...OF_IPV6]) } as const;

/** One attribute of an address as text; undefined when an address of its family has none of that name. */
export function attributeOf(address: InterfaceAddress, name: string): string | undefined {
  return OF_FAMILY[address.ip.family].get(name.toLowerCase())?.(address);
}

/** The names of the attributes that an address has. */
export function attributeNames({ ip }: InterfaceAddress): readonly string[] {
  return [...OF_FAMILY[ip.family].keys()].toSorted();
}

function at({ family }: Ip, value: bigint): string {
  return formatIp({ family, value });
}

/** A network of one or two hosts, and IPv6, keep no address for themselves. */
function firstUsable(ip: Ip): bigint {
  return ip.family === 4 && ip.prefixLength < 31 ? networkValue(ip) + 1n : networkValue(ip);
}

function lastUsable(ip: Ip): bigint {
  return ip.family === 4 && ip.prefixLength < 31 ? lastValue(ip) - 1n : lastValue(ip);
}
