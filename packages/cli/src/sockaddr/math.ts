import type { InterfaceAddress } from "./host.ts";
import { BITS, formatIp, hostMask, type Ip, networkValue } from "./ip.ts";
import { refuse } from "./refusal.ts";

/**
 * The address after one step of arithmetic; throws a Refusal.
 *
 * `address` "+1" counts from the address and wraps at the end of all addresses; `network` "+1" counts from the network's first address
 * and "-1" from behind its last, within the network; `mask` "24" gives the address of the network of that size.
 */
export function calculate(operation: string, operand: string, address: InterfaceAddress): InterfaceAddress {
  const ip = calculated(operation.toLowerCase(), operand, address.ip);
  return { ...address, ip, address: formatIp(ip) };
}

function calculated(operation: string, operand: string, ip: Ip): Ip {
  switch (operation) {
    case "address":
      return { ...ip, value: BigInt.asUintN(BITS[ip.family], ip.value + signed(operand)) };
    case "network":
      return { ...ip, value: networkValue(ip) + offsetIn(ip, signed(operand)) };
    case "mask":
      return masked(ip, operand);
    default:
      return refuse(`cannot calculate ${JSON.stringify(operation)}; there are address, network, mask`);
  }
}

function signed(operand: string): bigint {
  if (!/^[+-]\d+$/.test(operand)) refuse(`${JSON.stringify(operand)} needs a sign and a whole number, such as "+1"`);
  return BigInt(operand.replace("+", ""));
}

function offsetIn(ip: Ip, steps: bigint): bigint {
  const hosts = hostMask(ip);
  return steps >= 0n ? steps & hosts : hosts - ((-steps - 1n) & hosts);
}

function masked(ip: Ip, operand: string): Ip {
  const bits = /^\d{1,3}$/.test(operand) ? Number(operand) : Number.NaN;
  if (!(bits <= BITS[ip.family])) {
    refuse(`${JSON.stringify(operand)} is no number of mask bits between 0 and ${BITS[ip.family]}`);
  }
  return {
    ...ip,
    value: networkValue({ ...ip, prefixLength: bits }),
    prefixLength: Math.min(bits, ip.prefixLength),
  };
}
