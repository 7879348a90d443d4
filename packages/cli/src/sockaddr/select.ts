import type { InterfaceAddress } from "./host.ts";
import { BITS, contains, formatNetwork, hostMask, type Ip, parseIp } from "./ip.ts";
import { refuse } from "./refusal.ts";
import { isForwardable, isPrivate, isReservedBy, KNOWN_RFCS } from "./rfc.ts";

type Test = (address: InterfaceAddress) => boolean;
type Compare = (a: InterfaceAddress, b: InterfaceAddress) => number;

const LOOPBACK = ["127.0.0.0/8", "::1"];
const MULTICAST = ["224.0.0.0/4", "ff00::/8"];
const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10"];
const UNSPECIFIED = ["0.0.0.0", "::"];

const ADDRESS_FLAGS = new Map(
  Object.entries<(ip: Ip) => boolean>({
    forwardable: isForwardable,
    "global unicast": (ip) =>
      !within(ip, [...LOOPBACK, ...MULTICAST, ...LINK_LOCAL, ...UNSPECIFIED, "255.255.255.255"]),
    "interface-local multicast": (ip) => within(ip, ["ff01::/16"]),
    "link-local multicast": (ip) => within(ip, ["224.0.0.0/24", "ff02::/16"]),
    "link-local unicast": (ip) => within(ip, LINK_LOCAL),
    loopback: (ip) => within(ip, LOOPBACK),
    multicast: (ip) => within(ip, MULTICAST),
    unspecified: (ip) => within(ip, UNSPECIFIED),
  }),
);
const INTERFACE_FLAGS = new Map(
  Object.entries<Test>({
    up: () => true,
    // Only interfaces that are up are listed.
    down: () => false,
    loopback: ({ loopback }) => loopback,
    broadcast: ({ loopback }) => !loopback,
    multicast: ({ loopback }) => !loopback,
  }),
);

const SELECTORS = new Map(
  Object.entries<(parameter: string) => Test>({
    address: (pattern) => {
      const expression = regularExpression(pattern);
      return ({ ip }) => expression.test(formatNetwork(ip));
    },
    name: (pattern) => {
      const expression = regularExpression(pattern);
      return ({ name }) => expression.test(name);
    },
    flag: (flags) => flagTest(flags),
    flags: (flags) => flagTest(flags),
    network: (networks) => {
      const parsed = alternatives(networks).map(
        (text) => parseIp(text) ?? refuse(`${text} is no network, such as 10.0.0.0/8`),
      );
      return ({ ip }) => parsed.some((network) => contains(network, ip));
    },
    port: (pattern) => {
      const expression = regularExpression(pattern);
      return () => expression.test("0");
    },
    rfc: (numbers) => rfcTest(numbers),
    rfcs: (numbers) => rfcTest(numbers),
    size: (bits) => {
      if (!/^\d+$/.test(bits)) refuse(`${JSON.stringify(bits)} is no number of mask bits`);
      return ({ ip }) => ip.prefixLength === Number(bits);
    },
    type: (types) => {
      const families = alternatives(types.toLowerCase()).flatMap(
        (type) => FAMILIES.get(type) ?? refuse(`${type} is no type; there are ${[...FAMILIES.keys()].join(", ")}`),
      );
      return ({ ip }) => families.includes(ip.family);
    },
  }),
);
const FAMILIES: ReadonlyMap<string, readonly (4 | 6)[]> = new Map([
  ["ip", [4, 6]],
  ["ipv4", [4]],
  ["ipv6", [6]],
  ["unix", []],
]);

/** The test behind `include` and `exclude`; throws a Refusal. */
export function selection(selector: string, parameter: string): Test {
  const build = SELECTORS.get(selector.toLowerCase());
  if (build === undefined)
    return refuse(`${JSON.stringify(selector)} selects nothing; there are ${[...SELECTORS.keys()].join(", ")}`);
  return build(parameter);
}

/** The order behind `sort`: criteria separated by commas, each with "-" for descending; throws a Refusal. */
export function order(criteria: string, defaultInterface: string | undefined): Compare {
  const chosen = criteria.split(",").map((criterion) => {
    const [, sign, name = ""] = /^\s*([+-]?)(.*?)\s*$/.exec(criterion.toLowerCase()) ?? [];
    const comparison =
      name === "default"
        ? (a: InterfaceAddress, b: InterfaceAddress) =>
            compare(b.name === defaultInterface, a.name === defaultInterface)
        : (COMPARISONS.get(name) ??
          refuse(`cannot sort by ${name}; there are default, ${[...COMPARISONS.keys()].join(", ")}`));
    return sign === "-" ? (a: InterfaceAddress, b: InterfaceAddress) => -comparison(a, b) : comparison;
  });
  return (a, b) => chosen.reduce((result, comparison) => result || comparison(a, b), 0);
}

const COMPARISONS = new Map(
  Object.entries<Compare>({
    address: (a, b) => (a.ip.family === b.ip.family ? compare(a.ip.value, b.ip.value) : 0),
    name: (a, b) => compare(a.name, b.name),
    port: () => 0,
    private: (a, b) => compare(isPrivate(b.ip), isPrivate(a.ip)),
    size: (a, b) => (a.ip.family === b.ip.family ? compare(hostMask(b.ip), hostMask(a.ip)) : 0),
    type: (a, b) => compare(a.ip.family, b.ip.family),
  }),
);

/** All flags of interfaces that are asked for must hold, or one of those of addresses. */
function flagTest(flags: string): Test {
  const names = alternatives(flags.toLowerCase());
  const known = [...new Set([...ADDRESS_FLAGS.keys(), ...INTERFACE_FLAGS.keys()])];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`${unknown} is no flag that can be told here; there are ${known.join(", ")}`);
  const ofInterface = names.flatMap((name) => INTERFACE_FLAGS.get(name) ?? []);
  const ofAddress = names.flatMap((name) => ADDRESS_FLAGS.get(name) ?? []);
  return (address) =>
    (ofInterface.length > 0 && ofInterface.every((holds) => holds(address))) ||
    ofAddress.some((holds) => holds(address.ip));
}

function rfcTest(numbers: string): Test {
  const rfcs = alternatives(numbers).map((text) =>
    KNOWN_RFCS.includes(Number(text))
      ? Number(text)
      : refuse(`RFC ${text} is not known; there are ${KNOWN_RFCS.join(", ")}`),
  );
  return ({ ip }) => rfcs.some((rfc) => isReservedBy(rfc, ip));
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function alternatives(text: string): readonly string[] {
  return text.split("|");
}

function within(ip: Ip, networks: readonly string[]): boolean {
  const alone = { ...ip, prefixLength: BITS[ip.family] };
  return networks.some((text) => {
    const network = parseIp(text);
    return network !== undefined && contains(network, alone);
  });
}

function compare<T extends bigint | boolean | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
