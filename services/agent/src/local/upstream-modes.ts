import type { Upstream } from "@causeway/model";
import {
  type ChainEntries,
  type ChainTarget,
  describeModeSource,
  upstreamChain,
  upstreamGatewayMode,
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
  /** The datacenter whose mesh gateways are dialled; "" when none are. */
  readonly through: string;
  /** The same in words, with the reason; for an upstream that leads nowhere, why. */
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
  const caller = callerOf(service);
  // No server name is told here, and so the trust domain does not matter.
  const mesh = { datacenter, trustDomain: "" };
  const chain = upstreamChain(upstream, { service: caller, meshGateway: service.Proxy.MeshGateway }, entries, mesh);
  if (chain.kind === "unsound") return [nowhere(upstream, chain.reason)];
  const levels = modeLevels(service, upstream, central);
  return chain.targets.map((target, at) => {
    const { mode = "", setBy } = upstreamGatewayMode({ ...levels, target: central.serviceDefaults(target.service) });
    const names = { caller, upstream: upstream.DestinationName, target: target.service };
    const through = gatewaysTo(target, datacenter);
    const meaning = through === "" ? directly(target, datacenter) : `through the mesh gateways of ${through}`;
    return { upstream, target, failover: at > 0, mode, setBy: describeModeSource(setBy, names), through, meaning };
  });
}

function nowhere(upstream: Upstream, reason: string): UpstreamMode {
  const nothing = { target: undefined, failover: false, mode: "", setBy: "nothing", through: "" };
  return { upstream, ...nothing, meaning: `nowhere: ${reason}` };
}

function gatewaysTo(target: ChainTarget, own: string): string {
  switch (wayOut(target, target.meshGatewayMode, own)) {
    case "own gateways":
      return own;
    case "target's gateways":
      return target.datacenter;
    case "direct":
      return "";
  }
}

function directly({ external, datacenter }: ChainTarget, own: string): string {
  if (external) return "direct: it is outside of the mesh";
  return datacenter === own ? `direct: it is in ${own} too` : `direct: to its instances in ${datacenter}`;
}
