import { isIP, isIPv6 } from "node:net";
import { AddressError } from "./errors.ts";
import { evaluateAddress } from "./evaluate.ts";
import type { AddressSource } from "./host.ts";

/** Where a gateway is to be reached; an empty address is the node's own. */
export type ServiceAddress = { readonly address: string; readonly port: number };

/** The port that Consul gives a gateway for which none is named. */
export const DEFAULT_GATEWAY_PORT = 8443;

const WITH_PORT = /^(?:\[([^[\]]*)\]|([^[\]:]*)):([^:]*)$/;

/**
 * Reads an address as `-address` takes it: `host:port`, `[IPv6]:port`, `:port`, an IP alone, or a template for any of these.
 *
 * The empty text is an address that was not given. Throws an AddressError with Consul's text.
 *
 * @see https://developer.hashicorp.com/consul/commands/connect/envoy#address
 */
export function parseAddress(text: string, source: AddressSource, defaultPort = DEFAULT_GATEWAY_PORT): ServiceAddress {
  if (text === "") return { address: "", port: defaultPort };
  const evaluated = evaluateAddress(text, source);
  const [whole, bracketed, plain, port] = WITH_PORT.exec(evaluated) ?? [];
  if (whole !== undefined) return { address: bracketed ?? plain ?? "", port: parsePort(port ?? "", defaultPort) };
  const alone = /^\[(.*)\]$/.exec(evaluated)?.[1] ?? evaluated;
  if (alone === evaluated && alone.includes(":")) {
    throw new AddressError({ code: "ADDRESS", text: evaluated, reason: tooManyColons(evaluated, defaultPort) });
  }
  if (isIP(alone) === 0) throw new AddressError({ code: "ADDRESS", text: evaluated, reason: "not an IP address" });
  return { address: alone, port: defaultPort };
}

/** `fd00::1:8443` may be one address or an address and a port: only brackets can tell. */
function tooManyColons(evaluated: string, defaultPort: number): string {
  const reason = `address ${evaluated}: too many colons in address`;
  return isIPv6(evaluated) ? `${reason}; write IPv6 in brackets, such as [${evaluated}]:${defaultPort}` : reason;
}

function parsePort(text: string, defaultPort: number): number {
  if (text === "") return defaultPort;
  if (!/^[+-]?\d+$/.test(text)) {
    throw new AddressError({
      code: "PORT",
      text,
      reason: `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    });
  }
  const port = Number(text);
  if (port < 0 || port > 65_535) throw new AddressError({ code: "PORT", text, reason: "not between 0 and 65535" });
  return port;
}
