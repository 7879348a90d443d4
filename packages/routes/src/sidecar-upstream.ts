import type { Upstream } from "@causeway/model";
import type { ChainTarget } from "./discovery-chain/chain.ts";
import { routeProtocol } from "./discovery-chain/chain-protocol.ts";
import { isIpAddress } from "./ip-address.ts";
import type { LeafState, MeshLocation } from "./mesh-name.ts";
import { OpaqueConfig } from "./opaque-config.ts";
import type { Listener, RouteTarget, TlsLimits, Unavailable } from "./route.ts";
import type { CompiledListener } from "./sidecar-public.ts";
import type { UpstreamChain } from "./upstream-chain.ts";
import { compileUpstreamTarget, type TargetPlace } from "./upstream-target.ts";

/** All that decides how a sidecar carries its application's connections to one destination. */
export type UpstreamSide = {
  readonly upstream: Upstream;
  /** The service that calls: its leaf is presented. */
  readonly source: string;
  readonly leaf: LeafState;
  readonly chain: UpstreamChain;
  /** What is known of where a target of the chain lies. */
  readonly placeOf: (target: ChainTarget) => TargetPlace;
  readonly limits: TlsLimits | undefined;
  readonly mesh: MeshLocation;
};

const LOOPBACK = "127.0.0.1";

/** The name of an upstream's listener: no two upstreams of a sidecar bind the same address and port. */
export function upstreamName({ DestinationName, LocalBindAddress, LocalBindPort }: Upstream): string {
  return `${DestinationName}:${LocalBindAddress || LOOPBACK}:${LocalBindPort ?? 0}`;
}

/**
 * Compiles the local listener of one upstream: plain from the application, mTLS to whoever provides the destination, or stands in for
 * it, which must prove the SPIFFE ID of what it is taken for. What an upstream asks for and cannot have is told, and costs no other
 * upstream.
 */
export function compileUpstream(side: UpstreamSide): CompiledListener {
  const { upstream, chain } = side;
  const name = upstreamName(upstream);
  const fault = (reason: string): Unavailable => ({ name, reason });
  const without = (reason: string): CompiledListener => ({ listener: undefined, unavailable: [fault(reason)] });
  const obstacle = firstObstacle(side);
  if (obstacle !== undefined) return without(obstacle);
  if (chain.kind === "unsound") return without(chain.reason);

  const config = new OpaqueConfig(upstream.Config);
  const ownTimeoutMs = config.integer("connect_timeout_ms") ?? 0;
  const connectTimeoutMs = ownTimeoutMs > 0 ? ownTimeoutMs : chain.connectTimeoutMs;
  const protocol = routeProtocol(config.text("protocol"), chain.protocol);
  const { targets, reasons } = compileTargets(side, chain.targets, connectTimeoutMs);
  const [first, ...failover] = targets;
  if (first === undefined) return { listener: undefined, unavailable: reasons.map(fault) };

  const faults = [
    ...[...reasons, ...chain.notFollowed].map(fault),
    ...(config.map("limits") === undefined ? [] : [fault("Config.limits is not enforced")]),
    ...config.problems.map(({ key, reason }) => fault(`Config.${key}: ${reason}`)),
  ];
  const standIns = failover.length === 0 ? {} : { failover };
  const route = { ...first, inbound: { kind: "plain" }, ...protocol, ...standIns } as const;
  const { LocalBindAddress, LocalBindPort = 0 } = upstream;
  const listener: Listener = {
    name,
    address: LocalBindAddress || LOOPBACK,
    port: LocalBindPort,
    match: { by: "listener", route },
  };
  return { listener, unavailable: faults };
}

/** The targets that can be used, and what is wrong with any. */
function compileTargets(
  { source, limits, mesh, placeOf }: UpstreamSide,
  targets: readonly ChainTarget[],
  connectTimeoutMs: number,
) {
  const compiled = targets.map((target) =>
    compileUpstreamTarget({ target, place: placeOf(target), source, limits, mesh, connectTimeoutMs }),
  );
  return {
    targets: compiled.flatMap((each): readonly RouteTarget[] => (each.target === undefined ? [] : [each.target])),
    reasons: compiled.flatMap(({ reasons }) => reasons),
  };
}

/** Why an upstream can have no listener at all. */
function firstObstacle({ upstream, leaf }: UpstreamSide): string | undefined {
  const { DestinationType, DestinationPeer, LocalBindAddress, LocalBindPort = 0 } = upstream;
  if (DestinationType === "prepared_query") return "prepared queries are not supported yet: name a service";
  if (DestinationPeer) return "cluster peering is not supported: name a service of this federation";
  if (LocalBindPort <= 0) return "LocalBindPort is not set";
  if (LocalBindAddress && !isIpAddress(LocalBindAddress))
    return `LocalBindAddress ${LocalBindAddress} is no IP address`;
  return leaf.ready ? undefined : leaf.reason;
}
