import {
  ingressOf,
  linksOf,
  MESH,
  type Plan,
  PROVIDERS,
  type Read,
  type Registration,
  readEntries,
  readMeshLocation,
  readOptions,
  readRegistration,
  readRegistrationFaults,
  readTargetPlace,
} from "@causeway/gateway";
import type { IngressListener } from "@causeway/model";
import {
  type CompiledIngress,
  compileIngressService,
  type ExposedService,
  type IngressProtocol,
  ingressDnsNames,
  ingressProtocol,
  ingressTable,
  leafName,
  meshTls,
  protocolOf,
  type UpstreamCaller,
  upstreamChain,
} from "@causeway/routes";

/** A port of the gateway, or a service that requests at one lead to. */
type Part =
  | {
      readonly kind: "port";
      readonly port: number;
      readonly protocol: IngressProtocol;
      /** Of the certificate that clients are shown; none where they are taken in without TLS. */
      readonly dnsNames: readonly string[];
    }
  | { readonly kind: "service"; readonly exposed: ExposedService; readonly caller: UpstreamCaller };

/**
 * An ingress gateway: one listener for each port of its config entry, from which connections, or requests by their host, go into the mesh
 * under the gateway's own name.
 */
export function ingressGateway(registration: Registration): Plan<Part, CompiledIngress> {
  return {
    parts: (read) => new Map(partsOf(read, registration).map((part) => [partName(part), part])),

    compile: (read, part) =>
      part.kind === "port" ? compilePort(read, part, registration) : compileService(read, part, registration),

    assemble(read, compiled) {
      const registered = readRegistration(read, registration, "ingress-gateway");
      if ("waitingFor" in registered) return registered;
      return ingressTable({
        service: registered.instance.Service,
        options: readOptions(read, registration),
        compiled,
        unavailable: [
          ...readRegistrationFaults(read, registration),
          ...meshTls(read.one(MESH), "Outgoing").unavailable,
          ...(read.one(ingressOf(registration.service)) === undefined ? [noEntry(registration)] : []),
        ],
      });
    },
  };
}

function noEntry({ service }: Registration) {
  return { name: "config entry", reason: `there is no ingress-gateway "${service}", so nothing is exposed` };
}

function partName(part: Part): string {
  return part.kind === "port" ? `port ${part.port}` : `${part.exposed.service} on port ${part.exposed.port}`;
}

function partsOf(read: Read, registration: Registration): readonly Part[] {
  const { service: gateway, datacenter } = registration;
  const registered = readRegistration(read, registration, "ingress-gateway");
  const entry = read.one(ingressOf(gateway));
  if ("waitingFor" in registered || entry === undefined) return [];
  const caller = { service: gateway, meshGateway: registered.instance.Service.Proxy.MeshGateway };
  const dnsNames = entry.TLS.Enabled ? ingressDnsNames(entry, datacenter) : [];
  return (entry.Listeners ?? []).flatMap((listener): readonly Part[] => {
    const protocol = ingressProtocol(listener);
    if (protocol === undefined) return [];
    const services = exposedAt(read, gateway, listener, protocol);
    return [
      { kind: "port", port: listener.Port, protocol, dnsNames },
      ...services.map((exposed) => ({ kind: "service", exposed, caller }) as const),
    ];
  });
}

/** The services of a listener; in place of "*" those of the mesh that speak what the listener does. */
function exposedAt(
  read: Read,
  gateway: string,
  { Port: port, Services }: IngressListener,
  protocol: IngressProtocol,
): readonly ExposedService[] {
  const named = (Services ?? []).filter(({ Name }) => Name !== "*");
  const exposed = named.map(({ Name, Hosts }) => ({ service: Name, port, protocol, hosts: Hosts ?? [] }));
  if (!Services?.some(({ Name }) => Name === "*")) return exposed;
  const entries = readEntries(read);
  const inMesh = new Set(read.all(PROVIDERS).map(({ Destination }) => Destination));
  const others = read
    .all(linksOf(gateway))
    .filter(({ Port, FromWildcard }) => Port === port && FromWildcard)
    .filter(({ Service }) => inMesh.has(Service) && protocolOf(Service, entries) === protocol);
  return [...exposed, ...others.map(({ Service: service }) => ({ service, port, protocol, hosts: [] }))];
}

/** What is agreed on by ALPN: where requests are led on, what can be read of them here. */
function protocolsOf(protocol: IngressProtocol): { readonly protocols?: readonly string[] } {
  if (protocol === "tcp") return {};
  return { protocols: protocol === "http" ? ["http/1.1"] : ["h2", "http/1.1"] };
}

function compilePort(
  read: Read,
  { port, protocol, dnsNames }: Extract<Part, { kind: "port" }>,
  { service: gateway }: Registration,
): CompiledIngress {
  const common = { kind: "port", port, protocol } as const;
  if (dnsNames.length === 0) return { ...common, inbound: { kind: "plain" }, unavailable: [] };
  const leaf = read.leaf(gateway, dnsNames);
  const inbound = { kind: "tls", leaf: leafName(gateway, dnsNames), ...protocolsOf(protocol) } as const;
  if (leaf.ready) return { ...common, inbound, unavailable: [] };
  return { ...common, inbound: undefined, unavailable: [{ name: `port ${port}`, reason: leaf.reason }] };
}

function compileService(
  read: Read,
  { exposed, caller }: Extract<Part, { kind: "service" }>,
  { service: gateway, datacenter }: Registration,
): CompiledIngress {
  const mesh = readMeshLocation(read, datacenter);
  const { service, port } = exposed;
  if (mesh === undefined) {
    const reason = "the CA has not published its roots";
    return {
      kind: "service",
      port,
      hosts: [],
      route: undefined,
      unavailable: [{ name: `${service} on port ${port}`, reason }],
    };
  }
  return compileIngressService({
    exposed,
    gateway,
    leaf: read.leaf(gateway),
    chain: upstreamChain({ DestinationName: service }, caller, readEntries(read), mesh),
    placeOf: (target) => readTargetPlace(read, target, datacenter),
    limits: meshTls(read.one(MESH), "Outgoing").limits,
    mesh,
  });
}
