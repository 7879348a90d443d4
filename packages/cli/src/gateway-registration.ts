import { CommandError } from "./errors.ts";
import { type AddressSource, parseAddress } from "./sockaddr/index.ts";

/** Gateways that can be run. */
const KINDS = { terminating: "terminating-gateway", mesh: "mesh-gateway", ingress: "ingress-gateway" } as const;
export type GatewayKind = (typeof KINDS)[keyof typeof KINDS];

/** What `connect gateway -register` was asked to register. */
export type GatewayRequest = {
  readonly kind: GatewayKind;
  readonly service: string;
  readonly proxyId: string;
  /** "" is port 8443 on the node's own address; else a go-sockaddr template, IP or IP:port. */
  readonly address: string;
  readonly wanAddress: string | undefined;
  /** Addresses to bind, by name. */
  readonly bindAddresses: Readonly<Record<string, string>>;
  /** Ports that a terminating gateway opens for one service each, as "21300-21399"; undefined for none. */
  readonly servicePorts: string | undefined;
  readonly deregisterAfter: string;
};

type Address = { readonly Address: string; readonly Port: number };

/** The catalog's kind for a value of -gateway. Throws Consul's text for anything else. */
export function kindOf(gateway: string): GatewayKind {
  if (Object.hasOwn(KINDS, gateway)) return KINDS[gateway as keyof typeof KINDS];
  throw new CommandError(`Gateway must be one of: ${Object.keys(KINDS).join(", ")} (given: ${gateway})`);
}

/**
 * Throws for every use of -expose-servers, which in Consul lets other datacenters reach the servers through mesh gateways: here the
 * control plane is on the bus.
 */
export function refuseExposedServers(kind: GatewayKind, registers: boolean): never {
  if (kind !== "mesh-gateway") throw new CommandError("'-expose-servers' can only be used for mesh gateways");
  if (!registers) throw new CommandError("'-expose-servers' requires '-register'");
  throw new CommandError(
    "'-expose-servers' has nothing to expose: the control plane is on the NATS bus, and its servers are not reached through gateways",
  );
}

/**
 * The registration of a gateway, with the TCP check that makes it healthy once it listens.
 *
 * @see https://developer.hashicorp.com/consul/commands/connect/envoy#register
 */
export function gatewayRegistration(request: GatewayRequest, source: AddressSource): Record<string, unknown> {
  const lan = addressOf(request.address, source);
  const wan = request.wanAddress === undefined ? undefined : addressOf(request.wanAddress, source);
  const config = { ...bindConfig(request, lan, wan, source), ...servicePortsConfig(request) };
  return {
    Kind: request.kind,
    Name: request.service,
    ID: request.proxyId,
    Address: lan.Address,
    Port: lan.Port,
    TaggedAddresses: { lan, ...(wan === undefined ? {} : { wan }) },
    ...(Object.keys(config).length === 0 ? {} : { Proxy: { Config: config } }),
    Check: {
      Name: `${request.kind} listening`,
      TCP: checkTarget(request, lan, source),
      Interval: "10s",
      DeregisterCriticalServiceAfter: request.deregisterAfter,
    },
  };
}

function servicePortsConfig({ kind, servicePorts }: GatewayRequest): Record<string, unknown> {
  if (servicePorts === undefined) return {};
  if (kind !== "terminating-gateway")
    throw new CommandError("'-service-ports' can only be used for terminating gateways");
  if (!/^\d+(-\d+)?$/.test(servicePorts)) {
    throw new CommandError(`'-service-ports' must be a range of ports such as 21300-21399 (given: ${servicePorts})`);
  }
  return { causeway_service_ports: servicePorts };
}

function addressOf(text: string, source: AddressSource): Address {
  const { address, port } = parseAddress(text, source);
  return { Address: address, Port: port };
}

function bindConfig(
  { bindAddresses }: GatewayRequest,
  lan: Address,
  wan: Address | undefined,
  source: AddressSource,
): Record<string, unknown> | undefined {
  const named = Object.entries(bindAddresses);
  if (named.length > 0) {
    const addresses = Object.fromEntries(named.map(([name, text]) => [name, addressOf(text, source)]));
    return { envoy_gateway_no_default_bind: true, envoy_gateway_bind_addresses: addresses };
  }
  if (!bindable(lan, source)) {
    throw new CommandError(
      `The LAN address "${lan.Address}" will not be bindable. Either set a bindable address or override the bind addresses with -bind-address`,
    );
  }
  if (wan === undefined || !bindable(wan, source)) return undefined;
  return { envoy_gateway_no_default_bind: true, envoy_gateway_bind_tagged_addresses: true };
}

function bindable({ Address }: Address, { interfaces }: AddressSource): boolean {
  return Address === "" || interfaces.some(({ address }) => address === Address);
}

/** The check connects where the gateway listens; without an address of its own that is the node's, where loopback does as well. */
function checkTarget({ bindAddresses }: GatewayRequest, lan: Address, source: AddressSource): string {
  const [first] = Object.values(bindAddresses);
  const { Address, Port } = first === undefined ? lan : addressOf(first, source);
  const host = Address === "" || Address === "0.0.0.0" ? "127.0.0.1" : Address;
  return host.includes(":") ? `[${host}]:${Port}` : `${host}:${Port}`;
}
