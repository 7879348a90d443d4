import type { Upstream } from "@causeway/model";
import { type ChainTarget, nodeName } from "./discovery-chain/chain.ts";
import { type ChainEntries, type ChainEntryKind, GLOBAL } from "./discovery-chain/chain-entries.ts";
import { describeChainProblem } from "./discovery-chain/chain-problem.ts";
import { compileChain } from "./discovery-chain/compile-chain.ts";
import type { MeshLocation } from "./mesh-name.ts";
import { type ModeLevels, upstreamGatewayMode } from "./upstream-gateway-mode.ts";

/** Whose upstream it is, and what its proxy says of gateways. */
export type UpstreamCaller = { readonly service: string; readonly meshGateway: ModeLevels["registered"] };

/** Where the connections of an upstream may go to, best first, or why they cannot go anywhere. */
export type UpstreamChain =
  | {
      readonly kind: "sound";
      readonly targets: readonly ChainTarget[];
      readonly connectTimeoutMs: number;
      /** What all targets speak. */
      readonly protocol: string;
      /** What the entries ask for and a proxy of connections cannot do. */
      readonly notFollowed: readonly string[];
    }
  | { readonly kind: "unsound"; readonly reason: string };

/** Entries that choose by request: a proxy that carries connections as they are cannot follow them. */
const BY_REQUEST: readonly ChainEntryKind[] = ["service-router", "service-splitter"];

/**
 * Follows an upstream's name through redirects, subsets and failover to the targets that it comes down to, each with the gateway mode
 * that holds for it.
 */
export function upstreamChain(
  upstream: Upstream,
  caller: UpstreamCaller,
  entries: ChainEntries,
  mesh: MeshLocation,
): UpstreamChain {
  const destination = upstream.DestinationName;
  const byConnection: ChainEntries = {
    get: (kind, name) => (BY_REQUEST.includes(kind) ? undefined : entries.get(kind, name)),
  };
  const overrides = { meshGatewayMode: modeOf(upstream, caller, entries) };
  const evaluatedIn = upstream.Datacenter || mesh.datacenter;
  const compiled = compileChain(destination, byConnection, mesh, overrides, evaluatedIn);
  if (compiled.kind === "unsound") return { kind: "unsound", reason: describeChainProblem(compiled.problem) };

  const { nodes, targets, startNode, protocol } = compiled.chain;
  const start = nodes.get(startNode);
  // Without routers and splitters every chain is one resolver.
  if (start?.kind !== "resolver") return { kind: "unsound", reason: `${startNode} leads nowhere` };
  const ids = [nodeName(start), ...start.failover];
  const notFollowed = BY_REQUEST.filter((kind) => entries.get(kind, destination) !== undefined);
  return {
    kind: "sound",
    targets: ids.flatMap((id) => targets.get(id) ?? []),
    connectTimeoutMs: start.connectTimeoutMs,
    protocol,
    notFollowed: notFollowed.map(
      (kind) => `the ${kind} of ${destination} chooses by request, which needs a proxy of requests`,
    ),
  };
}

/** The mode that the caller's side sets; undefined leaves it to the defaults of each target. */
function modeOf(upstream: Upstream, { service, meshGateway }: UpstreamCaller, entries: ChainEntries) {
  const { mode, setBy } = upstreamGatewayMode({
    upstream,
    registered: meshGateway,
    caller: entries.get("service-defaults", service),
    target: undefined,
    proxyDefaults: entries.get("proxy-defaults", GLOBAL),
  });
  return setBy === "nothing" ? undefined : mode;
}
