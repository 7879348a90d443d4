import { isIP, isIPv4 } from "node:net";

/** An IP address with the network that it stands in. */
export type Ip = { readonly family: 4 | 6; readonly value: bigint; readonly prefixLength: number };

/** Bits of an address of each family. */
export const BITS = { 4: 32, 6: 128 } as const;

/** Reads `10.0.0.1`, `10.0.0.1/8`, `fd00::1` or `fd00::1/64`; without a prefix the network is the address alone. */
export function parseIp(text: string): Ip | undefined {
  const [address = "", prefix, ...others] = text.split("/");
  const version = isIP(address);
  if (version === 0 || others.length > 0) return undefined;
  const family = version === 4 ? 4 : 6;
  const prefixLength = prefix === undefined ? BITS[family] : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(prefixLength <= BITS[family])) return undefined;
  return { family, value: family === 4 ? valueOf4(address) : valueOf6(address), prefixLength };
}

/** Writes an address without its network; IPv6 in the shortest form. @see RFC 5952 */
export function formatIp({ family, value }: Pick<Ip, "family" | "value">): string {
  if (family === 4) return octetsOf({ family, value }).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const written = groups.map((group) => group.toString(16)).join(":");
  const zeros = [...written.matchAll(/\b0(?::0)+\b/g)].map(([run]) => run);
  const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return written;
  const at = written.search(new RegExp(`\\b${longest}\\b`));
  return `${written.slice(0, at).replace(/:$/, "")}::${written.slice(at + longest.length).replace(/^:/, "")}`;
}

/** Writes an address with the prefix of its network, which is left out where the network is the address alone. */
export function formatNetwork(ip: Ip): string {
  return ip.prefixLength === BITS[ip.family] ? formatIp(ip) : `${formatIp(ip)}/${ip.prefixLength}`;
}

/** The bytes of an address. */
export function octetsOf({ family, value }: Pick<Ip, "family" | "value">): readonly number[] {
  const count = BITS[family] / 8;
  return Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * (count - 1 - index))) & 0xffn));
}

/** The bits that tell hosts of one network apart. */
export function hostMask({ family, prefixLength }: Pick<Ip, "family" | "prefixLength">): bigint {
  return (1n << BigInt(BITS[family] - prefixLength)) - 1n;
}

/** The lowest address of a network. */
export function networkValue(ip: Ip): bigint {
  return ip.value & ~hostMask(ip);
}

/** The highest address of a network. */
export function lastValue(ip: Ip): bigint {
  return ip.value | hostMask(ip);
}

/** Whether the network that `inner` stands in lies within that of `outer`. */
export function contains(outer: Ip, inner: Ip): boolean {
  return (
    outer.family === inner.family && networkValue(outer) <= networkValue(inner) && lastValue(outer) >= lastValue(inner)
  );
}

function valueOf4(address: string): bigint {
  return address.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function valueOf6(address: string): bigint {
  const [unzoned = ""] = address.split("%");
  const last = unzoned.slice(unzoned.lastIndexOf(":") + 1);
  const hex = isIPv4(last)
    ? unzoned.replace(
        last,
        [valueOf4(last) >> 16n, valueOf4(last) & 0xffffn].map((half) => half.toString(16)).join(":"),
      )
    : unzoned;
  const [head = [], tail = []] = hex.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
