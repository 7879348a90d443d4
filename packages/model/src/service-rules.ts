import { quoted } from "./error-list.ts";
import type { ProxyRegistration, ServiceRegistration, UpstreamRegistration } from "./registration.ts";

const GATEWAY_KINDS: readonly string[] = ["mesh-gateway", "terminating-gateway", "ingress-gateway"];
const EXPOSE_PROTOCOLS = ["http", "http2"];

/**
 * Everything that is wrong with a service as it stands in a registration, in Consul's words and order; empty when nothing is.
 *
 * The catalog and the agent refuse by the same rules; `errorList` makes one text of them.
 */
export function serviceProblems(service: ServiceRegistration): string[] {
  const sidecar = service.Connect?.SidecarService;
  return [
    ...(service.Kind === "connect-proxy" ? sidecarProxyProblems(service) : []),
    ...(GATEWAY_KINDS.includes(service.Kind ?? "") ? gatewayProblems(service) : []),
    ...(isObject(sidecar) ? nestedSidecarProblems(sidecar) : []),
  ];
}

function sidecarProxyProblems({ Proxy: proxy, Port, SocketPath, Connect }: ServiceRegistration): string[] {
  const problems: string[] = [];
  const destination = proxy?.DestinationServiceName ?? "";
  if (destination.trim() === "") {
    problems.push("Proxy.DestinationServiceName must be non-empty for Connect proxy services");
  }
  if (destination === "*") {
    problems.push("Proxy.DestinationServiceName must not be a wildcard for Connect proxy services");
  }
  if (!Port && !SocketPath) problems.push("Port must be set for a Connect proxy");
  if (Connect?.Native) problems.push("A Proxy cannot also be Connect Native, only typical services");
  return [...problems, ...upstreamListProblems(proxy?.Upstreams ?? []), ...exposeProblems(proxy ?? {})];
}

function upstreamListProblems(upstreams: readonly UpstreamRegistration[]): string[] {
  const destinations = new Set<string>();
  const listeners = new Set<string>();
  return upstreams.flatMap((upstream) => {
    const problem = upstreamProblem(upstream);
    if (problem !== undefined) return [problem];
    const destination = destinationText(upstream);
    if (destinations.has(destination)) return [`upstreams cannot contain duplicates of ${destination}`];
    destinations.add(destination);
    const listener = listenerText(upstream);
    if (listeners.has(listener)) {
      return [
        `upstreams cannot contain duplicates by local bind address and port; ${quoted(listener)} is specified twice`,
      ];
    }
    listeners.add(listener);
    return [];
  });
}

function upstreamProblem(upstream: UpstreamRegistration): string | undefined {
  const type = upstream.DestinationType ?? "";
  if (!["", "service", "prepared_query"].includes(type)) return `unknown upstream destination type: ${quoted(type)}`;
  if (!upstream.DestinationName) return "upstream destination name cannot be empty";
  if (upstream.DestinationName === "*") return "upstream destination name cannot be a wildcard";
  if (upstream.DestinationPeer && upstream.Datacenter) {
    return "upstream cannot specify both destination peer and datacenter";
  }
  if (!upstream.LocalBindPort && !upstream.LocalBindSocketPath) return "upstream local bind port cannot be zero";
  if (upstream.LocalBindPort && upstream.LocalBindSocketPath) {
    return "only one of upstream local bind port or local socket path can be defined and nonzero";
  }
  return undefined;
}

function destinationText(upstream: UpstreamRegistration): string {
  const parts = {
    type: upstream.DestinationType || "service",
    name: upstream.DestinationName ?? "",
    namespace: upstream.DestinationNamespace ?? "",
    datacenter: upstream.Datacenter ?? "",
  };
  return `[${Object.entries(parts)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(", ")}]`;
}

function listenerText({ LocalBindSocketPath, LocalBindAddress, LocalBindPort }: UpstreamRegistration): string {
  if (LocalBindSocketPath) return LocalBindSocketPath;
  const address = LocalBindAddress || "127.0.0.1";
  return `${address.includes(":") ? `[${address}]` : address}:${LocalBindPort}`;
}

function exposeProblems({ Expose }: ProxyRegistration): string[] {
  const paths = new Set<string>();
  const ports = new Set<number>();
  return (Expose?.Paths ?? []).flatMap((exposed) => {
    const path = exposed.Path ?? "";
    const port = exposed.ListenerPort ?? 0;
    const protocol = (exposed.Protocol ?? "").toLowerCase();
    const problems: string[] = [];
    if (path === "") problems.push("expose.paths: empty path exposed");
    if (paths.has(path)) problems.push("expose.paths: duplicate paths exposed");
    if (ports.has(port)) problems.push("expose.paths: duplicate listener ports exposed");
    if (port <= 0 || port > 65_535) problems.push(`expose.paths: invalid listener port: ${port}`);
    if (protocol !== "" && !EXPOSE_PROTOCOLS.includes(protocol)) {
      const allowed = EXPOSE_PROTOCOLS.join(" ");
      problems.push(`protocol '${protocol}' not supported for path: ${path}, must be in: [${allowed}]`);
    }
    paths.add(path);
    ports.add(port);
    return problems;
  });
}

function gatewayProblems({ Kind, Port, Proxy: proxy, Connect }: ServiceRegistration): string[] {
  const problems: string[] = [];
  if (!Port && Kind !== "ingress-gateway") problems.push(`Port must be non-zero for a ${Kind}`);
  if (isObject(Connect?.SidecarService)) problems.push(`A ${Kind} cannot have a sidecar service defined`);
  const sidecarOnly = {
    DestinationServiceName: proxy?.DestinationServiceName,
    DestinationServiceID: proxy?.DestinationServiceID,
    LocalServiceAddress: proxy?.LocalServiceAddress,
    LocalServicePort: proxy?.LocalServicePort,
    LocalServiceSocketPath: proxy?.LocalServiceSocketPath,
    Upstreams: proxy?.Upstreams?.length,
  };
  for (const [field, value] of Object.entries(sidecarOnly)) {
    if (value) problems.push(`The Proxy.${field} configuration is invalid for a ${Kind}`);
  }
  return problems;
}

function nestedSidecarProblems(sidecar: Readonly<Record<string, unknown>>): string[] {
  const problems: string[] = [];
  if (sidecar["ID"]) problems.push("A SidecarService cannot specify an ID as this is managed by the agent");
  const connect = sidecar["Connect"];
  if (isObject(connect) && isObject(connect["SidecarService"])) {
    problems.push("A SidecarService cannot have a nested SidecarService");
  }
  return problems;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
