import { attributeNames, attributeOf } from "./attributes.ts";
import { type AddressSource, describeInterfaces, type InterfaceAddress } from "./host.ts";
import { formatIp } from "./ip.ts";
import { calculate } from "./math.ts";
import { refuse } from "./refusal.ts";
import { isForwardable, isPrivate } from "./rfc.ts";
import { order, selection } from "./select.ts";

type Addresses = readonly InterfaceAddress[];

/** What a function takes and gives. */
export type Value = string | number | Addresses;

/** A function of the template language; `usage` is how it is called, without what a pipeline hands it. */
export type TemplateFunction = {
  readonly usage: string;
  readonly parameters: number;
  readonly run: (args: Arguments, source: AddressSource) => Value;
};

/** The arguments of one call, as what a function asks for them to be; a wrong one throws a Refusal. */
export class Arguments {
  readonly #values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  text(index: number): string {
    const value = this.#values[index];
    if (typeof value === "string" || typeof value === "number") return String(value);
    return refuse(`argument ${index + 1} must be a text in quotes`);
  }

  number(index: number): number {
    const value = this.#values[index];
    if ((typeof value === "number" || typeof value === "string") && /^[+-]?\d+$/.test(String(value)))
      return Number(value);
    return refuse(`argument ${index + 1} must be a whole number`);
  }

  /** The addresses, always the last argument. */
  addresses(): Addresses {
    const value = this.#values.at(-1);
    if (typeof value === "object") return value;
    return refuse("needs a list of addresses, such as GetAllInterfaces gives");
  }
}

/** The functions of the template language by name. @see https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["GetAllInterfaces", { usage: "GetAllInterfaces", parameters: 0, run: (_, { interfaces }) => interfaces }],
  [
    "GetDefaultInterfaces",
    { usage: "GetDefaultInterfaces", parameters: 0, run: (_, source) => defaultAddresses(source) },
  ],
  [
    "GetPrivateInterfaces",
    { usage: "GetPrivateInterfaces", parameters: 0, run: (_, source) => privateAddresses(source) },
  ],
  ["GetPublicInterfaces", { usage: "GetPublicInterfaces", parameters: 0, run: (_, source) => publicAddresses(source) }],
  [
    "GetPrivateIP",
    { usage: "GetPrivateIP", parameters: 0, run: (_, source) => first(privateAddresses(source), "private", source) },
  ],
  [
    "GetPublicIP",
    { usage: "GetPublicIP", parameters: 0, run: (_, source) => first(publicAddresses(source), "public", source) },
  ],
  [
    "GetPrivateIPs",
    { usage: "GetPrivateIPs", parameters: 0, run: (_, source) => all(privateAddresses(source), "private", source) },
  ],
  [
    "GetPublicIPs",
    { usage: "GetPublicIPs", parameters: 0, run: (_, source) => all(publicAddresses(source), "public", source) },
  ],
  [
    "GetInterfaceIP",
    { usage: 'GetInterfaceIP "eth0"', parameters: 1, run: (args, source) => interfaceAddress(args.text(0), source) },
  ],
  [
    "GetInterfaceIPs",
    { usage: 'GetInterfaceIPs "eth0"', parameters: 1, run: (args, source) => join(named(args.text(0), source)) },
  ],
  [
    "include",
    {
      usage: 'include "type" "IPv4"',
      parameters: 3,
      run: (args) => args.addresses().filter(selection(args.text(0), args.text(1))),
    },
  ],
  [
    "exclude",
    {
      usage: 'exclude "type" "IPv6"',
      parameters: 3,
      run: (args) => {
        const excluded = selection(args.text(0), args.text(1));
        return args.addresses().filter((address) => !excluded(address));
      },
    },
  ],
  [
    "sort",
    {
      usage: 'sort "default,type,size"',
      parameters: 2,
      run: (args, { defaultInterface }) => args.addresses().toSorted(order(args.text(0), defaultInterface)),
    },
  ],
  ["limit", { usage: "limit 1", parameters: 2, run: (args) => args.addresses().slice(0, Math.max(0, args.number(0))) }],
  ["offset", { usage: "offset 1", parameters: 2, run: (args) => from(args.number(0), args.addresses()) }],
  ["unique", { usage: 'unique "name"', parameters: 2, run: (args) => unique(args.text(0), args.addresses()) }],
  [
    "math",
    {
      usage: 'math "network" "+1"',
      parameters: 3,
      run: (args) => args.addresses().map((address) => calculate(args.text(0), args.text(1), address)),
    },
  ],
  ["attr", { usage: 'attr "address"', parameters: 2, run: firstAttribute }],
  ["Attr", { usage: 'Attr "address"', parameters: 2, run: firstAttribute }],
  [
    "join",
    {
      usage: 'join "address" " "',
      parameters: 3,
      run: (args) => {
        const addresses = args.addresses();
        return addresses.map((address) => attribute(address, args.text(0))).join(args.text(1));
      },
    },
  ],
]);

function defaultAddresses(source: AddressSource): Addresses {
  const { interfaces, defaultInterface } = source;
  if (defaultInterface === undefined) {
    return refuse(`no default route is known; name an interface with GetInterfaceIP, ${describeInterfaces(source)}`);
  }
  return interfaces.filter(({ name }) => name === defaultInterface);
}

function reachableAddresses({ interfaces, defaultInterface }: AddressSource): Addresses {
  return interfaces.filter(({ ip }) => isForwardable(ip)).toSorted(order("default,type,size", defaultInterface));
}

function privateAddresses(source: AddressSource): Addresses {
  return reachableAddresses(source).filter(({ ip }) => isPrivate(ip));
}

function publicAddresses(source: AddressSource): Addresses {
  return reachableAddresses(source).filter(({ ip }) => !isPrivate(ip));
}

function first(addresses: Addresses, kind: string, source: AddressSource): string {
  const [best] = addresses;
  return best === undefined ? refuse(`there is no ${kind} address; ${describeInterfaces(source)}`) : formatIp(best.ip);
}

function all(addresses: Addresses, kind: string, source: AddressSource): string {
  return addresses.length === 0 ? first(addresses, kind, source) : join(addresses);
}

function join(addresses: Addresses): string {
  return addresses.map(({ ip }) => formatIp(ip)).join(" ");
}

/** A name is a pattern, as in Consul; but where an interface is called exactly so, "eth0" does not stand for "veth0" as well. */
function named(name: string, source: AddressSource): Addresses {
  const exact = source.interfaces.filter((address) => address.name === name);
  const found = exact.length > 0 ? exact : source.interfaces.filter(selection("name", name));
  if (found.length === 0) return refuse(`no interface is called so; ${describeInterfaces(source)}`);
  return found.toSorted(order("type,size", source.defaultInterface));
}

/** Whoever names an interface wants an address of it: where none can be reached from outside, any will do. */
function interfaceAddress(name: string, source: AddressSource): string {
  const addresses = named(name, source);
  const reachable = addresses.filter(({ ip }) => isForwardable(ip));
  return first(reachable.length > 0 ? reachable : addresses, "usable", source);
}

function from(start: number, addresses: Addresses): Addresses {
  if (Math.abs(start) > addresses.length) refuse(`cannot skip ${Math.abs(start)} of ${addresses.length} addresses`);
  return addresses.slice(start);
}

function unique(by: string, addresses: Addresses): Addresses {
  const name = by.toLowerCase();
  if (name !== "address" && name !== "name") {
    return refuse(`${JSON.stringify(by)} cannot be made unique; there are address, name`);
  }
  const seen = new Set<string>();
  return addresses.filter((address) => {
    const isNew = !seen.has(address[name]);
    seen.add(address[name]);
    return isNew;
  });
}

function firstAttribute(args: Arguments, source: AddressSource): string {
  const [address] = args.addresses();
  if (address === undefined) return refuse(`no address is left to take it from; ${describeInterfaces(source)}`);
  return attribute(address, args.text(0));
}

function attribute(address: InterfaceAddress, name: string): string {
  const value = attributeOf(address, name);
  return (
    value ??
    refuse(`an address has no attribute ${JSON.stringify(name)}; there are ${attributeNames(address).join(", ")}`)
  );
}
