import { type IngressListener, quoted } from "@causeway/model";
import type { ChainTarget } from "./discovery-chain/chain.ts";
import { hostNames } from "./ingress-names.ts";
import type { LeafState, MeshLocation } from "./mesh-name.ts";
import type { Route, TlsLimits, Unavailable } from "./route.ts";
import { compileUpstream } from "./sidecar-upstream.ts";
import type { UpstreamChain } from "./upstream-chain.ts";
import type { TargetPlace } from "./upstream-target.ts";

/** A service that a listener of an ingress gateway leads to. */
export type ExposedService = {
  readonly service: string;
  readonly port: number;
  readonly protocol: IngressProtocol;
  /** As the entry has them; none where the service is known by its own name. */
  readonly hosts: readonly string[];
};

/** What a listener of an ingress gateway speaks. */
export type IngressProtocol = "tcp" | "http" | "http2" | "grpc";

/** All that decides how connections or requests from outside reach one service. */
export type IngressSide = {
  readonly exposed: ExposedService;
  /** The gateway's own name: what the destination's intentions know it by. */
  readonly gateway: string;
  readonly leaf: LeafState;
  readonly chain: UpstreamChain;
  /** What is known of where a target of the chain lies. */
  readonly placeOf: (target: ChainTarget) => TargetPlace;
  readonly limits: TlsLimits | undefined;
  readonly mesh: MeshLocation;
};

/** How one service is reached from a listener, unless it cannot be, and what is wrong; how clients are taken in is the listener's matter. */
export type CompiledIngressService = {
  readonly kind: "service";
  readonly port: number;
  /** In lower case; a listener of TCP does not look at them. */
  readonly hosts: readonly string[];
  readonly route: Route | undefined;
  readonly unavailable: readonly Unavailable[];
};

/** The protocol of a listener as its entry has it; undefined for one that is not known. */
export function ingressProtocol({ Protocol }: Pick<IngressListener, "Protocol">): IngressProtocol | undefined {
  return (["tcp", "http", "http2", "grpc"] as const).find((each) => each === (Protocol || "tcp"));
}

/**
 * Compiles the way from a listener to one of its services: as a sidecar's upstream, with the gateway's own leaf, so that intentions decide
 * at the destination. What cannot be had is told, and costs no other service.
 */
export function compileIngressService(side: IngressSide): CompiledIngressService {
  const { exposed, gateway, ...way } = side;
  const { service, port, hosts } = exposed;
  const name = `${service} on port ${port}`;
  const common = { kind: "service", port, hosts: hostNames(service, hosts) } as const;
  const obstacle = obstacleTo(side);
  if (obstacle !== undefined) return { ...common, route: undefined, unavailable: [{ name, reason: obstacle }] };

  const upstream = { DestinationName: service, LocalBindPort: port };
  const { listener, unavailable } = compileUpstream({ ...way, upstream, source: gateway });
  const route = listener?.match.by === "listener" ? listener.match.route : undefined;
  return { ...common, route, unavailable: unavailable.map(({ reason }) => ({ name, reason })) };
}

/** Why requests cannot be led to a service though there may be a way to it. */
function obstacleTo({ exposed, chain }: IngressSide): string | undefined {
  const { service, protocol } = exposed;
  // A listener of TCP carries whatever is spoken.
  if (protocol === "tcp" || chain.kind === "unsound") return undefined;
  if (chain.protocol !== protocol) {
    return `service ${quoted(service)} has protocol ${quoted(chain.protocol)}, which does not match defined listener protocol ${quoted(protocol)}`;
  }
  return chain.notFollowed.length === 0
    ? undefined
    : `${chain.notFollowed.join("; ")}: ingress gateways do not follow it yet, so no request is taken`;
}
