import { contains, type Ip, parseIp } from "./ip.ts";

const DOCUMENTATION_NETWORKS = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
const MULTICAST_NETWORKS = ["224.0.0.0/4"];

/** The networks that an RFC reserves, by its number. */
const RESERVED: ReadonlyMap<number, readonly Ip[]> = new Map(
  Object.entries({
    919: ["255.255.255.255"],
    1112: MULTICAST_NETWORKS,
    1122: ["0.0.0.0/8", "127.0.0.0/8"],
    1918: PRIVATE_NETWORKS,
    2544: ["198.18.0.0/15"],
    2765: ["::ffff:0:0/96"],
    2928: ["2001::/16"],
    3056: ["2002::/16"],
    3068: ["192.88.99.0/24", "2002:c058:6301::/120"],
    3171: MULTICAST_NETWORKS,
    3330: [
      ...[
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
      ],
      ...PRIVATE_NETWORKS,
      ...MULTICAST_NETWORKS,
    ],
    3849: ["2001:db8::/32"],
    3927: ["169.254.0.0/16"],
    4038: ["::ffff:0:0/96"],
    4193: ["fc00::/7"],
    4291: ["::/96", "::ffff:0:0/96", "fe80::/10", "fec0::/10", "ff00::/8"],
    4380: ["2001::/32"],
    4773: ["2001::/23"],
    4843: ["2001:10::/28"],
    5180: ["2001:200::/48"],
    5735: [...DOCUMENTATION_NETWORKS, "198.18.0.0/15"],
    5737: DOCUMENTATION_NETWORKS,
    6052: ["64:ff9b::/96"],
    6333: ["192.0.0.0/29"],
    6598: ["100.64.0.0/10"],
    6666: ["100::/64"],
    6890: [
      ...PRIVATE_NETWORKS,
      ...DOCUMENTATION_NETWORKS,
      ...["0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24"],
      ...["198.18.0.0/15", "240.0.0.0/4", "::", "::1", "64:ff9b::/96", "::ffff:0:0/96", "100::/64"],
      ...["2001::/16", "2002::/16", "fc00::/7", "fe80::/10"],
    ],
    7335: ["192.0.0.0/29"],
  }).map(([rfc, networks]) => [Number(rfc), networksOf(networks)]),
);

/**
 * Addresses that routers do not pass on.
 *
 * The documentation networks are not among them: where a host really has such an address it is in a lab, and means to use it.
 *
 * @see RFC 6890 section 2.2
 */
const NOT_FORWARDABLE = networksOf([
  ...["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "240.0.0.0/4"],
  ...["::", "::1", "::ffff:0:0/96", "2001:10::/28", "fe80::/10"],
]);

/** Numbers of the RFCs that can be asked for, ascending. */
export const KNOWN_RFCS: readonly number[] = [...RESERVED.keys()].toSorted((a, b) => a - b);

/** Whether an RFC reserves the network that an address stands in; undefined when the RFC is not known. */
export function isReservedBy(rfc: number, ip: Ip): boolean | undefined {
  return RESERVED.get(rfc)?.some((network) => contains(network, ip));
}

/** Whether an address is special-purpose, and so not one of the public Internet. @see RFC 6890 */
export function isPrivate(ip: Ip): boolean {
  return isReservedBy(6890, ip) === true;
}

/** Whether routers pass on what is sent to an address. */
export function isForwardable(ip: Ip): boolean {
  return !NOT_FORWARDABLE.some((network) => contains(network, ip));
}

function networksOf(texts: readonly string[]): readonly Ip[] {
  return texts.flatMap((text) => parseIp(text) ?? []);
}
