import { isIP } from "node:net";
import { CommandError } from "./errors.ts";

/** The flags that say what a certificate is for. */
export type NameFlags = {
  readonly server?: boolean;
  readonly client?: boolean;
  readonly cli?: boolean;
  readonly dc: string;
  readonly domain: string;
  readonly node?: string;
  readonly additionalDnsname?: readonly string[];
  readonly additionalIpaddress?: readonly string[];
};

/** What a certificate says, and how its files begin. */
export type TlsNames = {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Without number and ending. */
  readonly fileName: string;
};

/**
 * The names of a certificate, as Consul's command gives them.
 *
 * @throws CommandError when it is not said what it is for, or an address is none.
 */
export function tlsNames(flags: NameFlags): TlsNames {
  const { dc, domain, node } = flags;
  const use = useOf(flags);
  if (node !== undefined && use !== "server") throw new CommandError("-node requires -server");
  const commonName = `${use}.${dc}.${domain}`;
  const extraNames = (flags.additionalDnsname ?? []).map((name) => name.trim()).filter((name) => name !== "");
  const own = node === undefined ? [] : [`${node}.${commonName}`];
  return {
    commonName,
    dnsNames: [...extraNames, ...own, commonName, "localhost"],
    ipAddresses: [...addressesIn(flags), ...(use === "cli" ? [] : ["127.0.0.1"])],
    fileName: `${dc}-${use}-${domain}`,
  };
}

function useOf(flags: NameFlags): "server" | "client" | "cli" {
  const [use, ...more] = (["server", "client", "cli"] as const).filter((name) => flags[name] === true);
  if (use === undefined || more.length > 0) {
    throw new CommandError("Please provide either -server, -client, or -cli");
  }
  return use;
}

function addressesIn({ additionalIpaddress = [] }: NameFlags): string[] {
  const addresses = additionalIpaddress.map((address) => address.trim()).filter((address) => address !== "");
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new CommandError(`-additional-ipaddress must be an IP address, not "${wrong}"`);
  return addresses;
}
