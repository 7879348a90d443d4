import { type IngressListener, type IngressService, quoted } from "@causeway/model";
import type { Draft, KindRules } from "./kind.ts";

/** What the ingress gateways of one name expose. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/ingress-gateway */
export const ingressGateway: KindRules<"ingress-gateway"> = {
  kind: "ingress-gateway",
  shape: {
    TLS: { object: { Enabled: "flag" } },
    Listeners: {
      listOf: { Port: "integer", Protocol: "text", Services: { listOf: { Name: "text", Hosts: "texts" } } },
    },
  },
  normalise: (entry) => ({
    ...entry,
    TLS: { Enabled: entry.TLS?.Enabled ?? false },
    Listeners: entry.Listeners?.map(normalised) ?? null,
  }),
  problem: (entry) => listenersProblem(entry) ?? (entry.Name === "" ? "serviceName is required" : undefined),
};

function normalised({ Port, Protocol, Services }: IngressListener): IngressListener {
  return {
    Port: Port ?? 0,
    Protocol: (Protocol || "tcp").toLowerCase(),
    Services: Services?.map(({ Name, Hosts }) => ({ Name: Name ?? "", Hosts: Hosts ?? null })) ?? null,
  };
}

const PROTOCOLS = ["tcp", "http", "http2", "grpc"];

function listenersProblem({ TLS, Listeners }: Draft<"ingress-gateway">): string | undefined {
  const ports = new Set<number>();
  for (const listener of Listeners ?? []) {
    if (ports.has(listener.Port)) return `port ${listener.Port} declared on two listeners`;
    ports.add(listener.Port);
    const problem = listenerProblem(listener, TLS.Enabled);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function listenerProblem({ Port, Protocol, Services }: IngressListener, tls: boolean): string | undefined {
  if (!PROTOCOLS.includes(Protocol)) {
    return `protocol must be 'tcp', 'http', 'http2', or 'grpc'. '${Protocol}' is an unsupported protocol`;
  }
  if (!Services?.length) return `No service declared for listener with port ${Port}`;
  if (Protocol === "tcp" && Services.length > 1) {
    return `Multiple services per listener are only supported for protocol = 'http' (listener on port ${Port})`;
  }
  const names = new Set<string>();
  const hosts = new Set<string>();
  for (const service of Services) {
    const problem = serviceProblem(service, Protocol, names) ?? hostsProblem(service.Hosts ?? [], tls, hosts);
    if (problem !== undefined) return problem.replace(AT_LISTENER, ` (listener on port ${Port})`);
    names.add(service.Name);
  }
  return undefined;
}

/** Stands in a text for the listener that it is about. */
const AT_LISTENER = " @listener";

function serviceProblem(
  { Name, Hosts }: IngressService,
  protocol: string,
  names: ReadonlySet<string>,
): string | undefined {
  if (protocol === "tcp" && Name === "*")
    return `Wildcard service name is only valid for protocol = 'http'${AT_LISTENER}`;
  if (protocol === "tcp" && Hosts?.length) {
    return `Associating hosts to a service is not supported for the tcp protocol${AT_LISTENER}`;
  }
  if (Name === "") return `Service name cannot be blank${AT_LISTENER}`;
  if (Name === "*" && Hosts?.length) return `Associating hosts to a wildcard service is not supported${AT_LISTENER}`;
  return names.has(Name) ? `Service ${Name} cannot be added multiple times${AT_LISTENER}` : undefined;
}

function hostsProblem(hosts: readonly string[], tls: boolean, declared: Set<string>): string | undefined {
  for (const host of hosts) {
    if (declared.has(host)) return `Hosts must be unique within a specific listener${AT_LISTENER}`;
    declared.add(host);
    const problem = hostProblem(host, tls);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function hostProblem(host: string, tls: boolean): string | undefined {
  if (host === "*") {
    const reason = "all hosts must be valid DNS records to add as a DNSSAN";
    return tls ? `Host '*' is not allowed when TLS is enabled, ${reason}` : undefined;
  }
  if (!isDomainName(host)) return `Host ${quoted(host)} must be a valid DNS hostname`;
  return host.replace(/^\*\./, "").includes("*")
    ? `Host ${quoted(host)} is not valid, a wildcard specifier is only allowed as the leftmost label`
    : undefined;
}

const MAX_NAME = 255;
const MAX_LABEL = 63;

function isDomainName(host: string): boolean {
  const labels = host.replace(/\.$/, "").split(".");
  return host.length < MAX_NAME && labels.every((label) => label.length > 0 && label.length <= MAX_LABEL);
}
