import { AF_INET, AF_INET6 } from "./linux.ts";

/** An IP address and a port. */
export type SocketAddress = { readonly host: string; readonly port: number };

/** Bytes of a `sockaddr_in6`, which is the longer of the two. */
export const LONGEST_ADDRESS_BYTES = 28;

const IPV4_BYTES = 16;
const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** The address as the kernel wants it: a `sockaddr_in` or `sockaddr_in6`. `host` must be an IP address, an IPv6 one without a zone. */
export function packAddress({ host, port }: SocketAddress): Uint8Array {
  const six = isSix(host);
  const bytes = new Uint8Array(six ? LONGEST_ADDRESS_BYTES : IPV4_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, six ? AF_INET6 : AF_INET, true);
  view.setUint16(2, port);
  if (six) groupsOf(host).forEach((group, i) => void view.setUint16(8 + 2 * i, group));
  else bytes.set(octetsOf(host), 4);
  return bytes;
}

/** The family that an address is of, as the first argument of socket(2). */
export function familyOf(host: string): number {
  return isSix(host) ? AF_INET6 : AF_INET;
}

/** Of IP addresses, only those of version 6 have a colon. */
function isSix(host: string): boolean {
  return host.includes(":");
}

/** What the kernel has written: the reverse of `packAddress`. */
export function unpackAddress(bytes: Uint8Array): SocketAddress {
  const port = (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  if (bytes[0] === AF_INET) return { host: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i).toString(16));
  // URL knows how IPv6 addresses are shortened (RFC 5952); the kernel's form of an IPv4 client is dotted, as Node prints it.
  const text = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
  return { host: isMapped(bytes) ? `::ffff:${bytes.subarray(20, 24).join(".")}` : text, port };
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(8, 18).every((byte) => byte === 0) && bytes[18] === 0xff && bytes[19] === 0xff;
}

function octetsOf(host: string): readonly number[] {
  return host.split(".").map(Number);
}

function groupsOf(host: string): readonly number[] {
  const [, dotted] = IPV4_MAPPED.exec(host) ?? [];
  if (dotted !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = octetsOf(dotted);
    return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
  }
  // In URL's form no group is dotted, and at most one run of zeros is left out.
  const [head = "", tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split("::");
  const parse = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [parse(head), parse(tail ?? "")];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
