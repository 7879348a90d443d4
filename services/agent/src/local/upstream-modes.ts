import type { Upstream } from "@causeway/model";
import {
  type ChainEntries,
  type ChainTarget,
  compileChain,
  type DiscoveryChain,
  describeChainProblem,
  describeModeSource,
  upstreamGatewayMode,
  type WayOut,
  wayOut,
} from "@causeway/routes";
import { type CentralConfig, callerOf, modeLevels } from "./central-config.ts";
import type { LocalService } from "./local-service.ts";

/** What decides how the upstreams of this agent's proxies are reached. */
export type ModeInputs = {
  readonly central: CentralConfig;
  readonly entries: ChainEntries;
  /** The agent's own. */
  readonly datacenter: string;
};

/** How connections of an upstream reach one of the places where they can end. */
export type UpstreamMode = {
  readonly upstream: Upstream;
  /** Undefined when the upstream leads nowhere. */
  readonly target: ChainTarget | undefined;
  /** Whether the target only stands in for another one. */
  readonly failover: boolean;
  /** "" when none is set. */
  readonly mode: string;
  /** Who set it, in words. */
  readonly setBy: string;
  /** What it comes to for this target, in words; for an upstream that leads nowhere, the reason. */
  readonly meaning: string;
};

/** How each upstream of a proxy, given as it was registered, is reached, and why: first what it leads to, then what stands in for that. */
export function upstreamModes(service: LocalService, inputs: ModeInputs): readonly UpstreamMode[] {
  return (service.Proxy.Upstreams ?? []).flatMap((upstream) => modesOf(service, upstream, inputs));
}

function modesOf(service: LocalService, upstream: Upstream, inputs: ModeInputs): readonly UpstreamMode[] {
  const { central, entries, datacenter } = inputs;
  if (upstream.DestinationType === "prepared_query") return [nowhere(upstream, "prepared queries are not supported")];
  if (upstream.DestinationPeer) return [nowhere(upstream, "peers are not supported")];
  // No server name is told here, and so the trust domain does not matter.
  const from = { datacenter: upstream.Datacenter || datacenter, trustDomain: "" };
  const compiled = compileChain(upstream.DestinationName, entries, from);
  if (compiled.kind === "unsound") return [nowhere(upstream, describeChainProblem(compiled.problem))];
  const levels = modeLevels(service, upstream, central);
  return endsOf(compiled.chain).map(({ target, failover }) => {
    const { mode, setBy } = upstreamGatewayMode({ ...levels, target: central.serviceDefaults(target.service) });
    const names = { caller: callerOf(service), upstream: upstream.DestinationName, target: target.service };
    const meaning = meaningOf(target, wayOut(target, mode, datacenter), datacenter);
    return { upstream, target, failover, mode: mode ?? "", setBy: describeModeSource(setBy, names), meaning };
  });
}

function nowhere(upstream: Upstream, reason: string): UpstreamMode {
  return { upstream, target: undefined, failover: false, mode: "", setBy: "nothing", meaning: `nowhere: ${reason}` };
}

/** The targets of a chain: those that it leads to, then those that only stand in for them, the first before the second. */
function endsOf({ nodes, targets }: DiscoveryChain): readonly { target: ChainTarget; failover: boolean }[] {
  const resolvers = [...nodes.values()].filter((node) => node.kind === "resolver");
  const first = new Set(resolvers.map((node) => node.target));
  const all = new Set([...first, ...resolvers.flatMap((node) => node.failover)]);
  return [...all].flatMap((id) => {
    const target = targets.get(id);
    return target === undefined ? [] : [{ target, failover: !first.has(id) }];
  });
}

function meaningOf(target: ChainTarget, way: WayOut, own: string): string {
  switch (way) {
    case "own gateways":
      return `through the mesh gateways of ${own}`;
    case "target's gateways":
      return `through the mesh gateways of ${target.datacenter}`;
    case "direct":
      if (target.external) return "direct: it is outside of the mesh";
      return target.datacenter === own
        ? `direct: it is in ${own} too`
        : `direct: to its instances in ${target.datacenter}`;
  }
}
