import type { MeshLocation } from "../mesh-name.ts";
import { byText } from "../order.ts";
import { type ChainNode, type DiscoveryChain, nodeKey } from "./chain.ts";
import type { ChainEntries } from "./chain-entries.ts";
import { type ChainProblem, Unsound } from "./chain-problem.ts";
import { ChainProtocol, routable } from "./chain-protocol.ts";
import { refuseCircles } from "./circles.ts";
import { type ChainOverrides, Customization } from "./customization.ts";
import { flattened } from "./flatten.ts";
import { Resolvers } from "./resolvers.ts";
import { routerNode } from "./router.ts";
import { Splitters } from "./splitters.ts";

/** What entries make of a service's name: a chain, or the first reason why they cannot. */
export type CompiledChain =
  | { readonly kind: "sound"; readonly chain: DiscoveryChain }
  | { readonly kind: "unsound"; readonly problem: ChainProblem };

/**
 * Compiles the discovery chain of a service, as it looks from `mesh`: one protocol throughout, every subset there, no circles, routes
 * and splits only for protocols whose requests can be told apart.
 *
 * A service that no entry speaks of has a chain too: to its own instances, in the datacenter in which the chain is evaluated, that of
 * `mesh` unless told.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/manage-traffic/discovery-chain
 */
export function compileChain(
  service: string,
  entries: ChainEntries,
  mesh: MeshLocation,
  overrides: ChainOverrides = {},
  evaluatedIn = mesh.datacenter,
): CompiledChain {
  if (service === "") return { kind: "unsound", problem: { code: "NO_SERVICE" } };
  try {
    return { kind: "sound", chain: chainOf(service, entries, mesh, overrides, evaluatedIn) };
  } catch (error) {
    if (error instanceof Unsound) return { kind: "unsound", problem: error.problem };
    throw error;
  }
}

function chainOf(
  service: string,
  entries: ChainEntries,
  mesh: MeshLocation,
  overrides: ChainOverrides,
  evaluatedIn: string,
): DiscoveryChain {
  const customization = new Customization(overrides);
  const protocol = new ChainProtocol(service, entries);
  const resolvers = new Resolvers({ entries, mesh, customization, protocol });
  const splitters = new Splitters({ entries, datacenter: evaluatedIn, customization, resolvers });

  const entry = customization.advanced(entries.get("service-router", service));
  if (entry !== undefined) protocol.note(service);
  const router = entry && routerNode(entry, splitters);
  const startNode = router === undefined ? splitters.splitOrResolve(service) : nodeKey(router);

  const advanced = [...(router === undefined ? [] : [router]), ...splitters.nodes];
  const nodes = byKey([...advanced, ...resolvers.nodes], nodeKey);
  refuseCircles(startNode, nodes);
  if (advanced.length > 0 && !routable(protocol.spoken)) {
    throw new Unsound({ code: "NOT_ROUTABLE", chain: service, protocol: protocol.spoken });
  }
  const spoken = customization.protocol(protocol.spoken);
  return {
    service,
    datacenter: evaluatedIn,
    protocol: spoken,
    customizationHash: customization.hash,
    startNode,
    nodes: byKey<ChainNode>(flattened(startNode, nodes).values(), nodeKey),
    targets: byKey(resolvers.targets, ({ id }) => id),
  };
}

function byKey<T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, T> {
  const entries = [...items].map((item) => [keyOf(item), item] as const);
  return new Map(entries.sort(([a], [b]) => byText(a, b)));
}
