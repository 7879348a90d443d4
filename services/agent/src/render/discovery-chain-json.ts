import { DEFAULT_NAMESPACE, durationText } from "@causeway/model";
import { type ChainNode, type ChainTarget, type DiscoveryChain, nodeName } from "@causeway/routes";
import { type Json, kept } from "./catalog-json.ts";

/** A compiled discovery chain. */
export function discoveryChainJson(chain: DiscoveryChain): Json {
  return {
    ServiceName: chain.service,
    Namespace: DEFAULT_NAMESPACE,
    Datacenter: chain.datacenter,
    ...kept({ CustomizationHash: chain.customizationHash }),
    Protocol: chain.protocol,
    StartNode: chain.startNode,
    Nodes: rendered(chain.nodes, nodeJson),
    Targets: rendered(chain.targets, targetJson),
  };
}

function rendered<T>(items: ReadonlyMap<string, T>, json: (item: T) => Json): Json {
  return Object.fromEntries([...items].map(([key, item]) => [key, json(item)]));
}

function nodeJson(node: ChainNode): Json {
  const named = { Type: node.kind, Name: nodeName(node) };
  switch (node.kind) {
    case "router":
      return {
        ...named,
        Routes: node.routes.map((route) => ({ Definition: route.definition, NextNode: route.nextNode })),
      };
    case "splitter":
      return { ...named, Splits: node.splits.map((split) => kept({ Weight: split.weight, NextNode: split.nextNode })) };
    case "resolver":
      return { ...named, Resolver: resolverJson(node) };
  }
}

const NS_PER_MS = 1e6;

function resolverJson(node: Extract<ChainNode, { readonly kind: "resolver" }>): Json {
  return kept({
    ConnectTimeout: durationText(Math.round(node.connectTimeoutMs * NS_PER_MS)),
    Default: node.byDefault,
    Target: node.target,
    Failover: kept({ Targets: node.failover }),
  });
}

function targetJson(target: ChainTarget): Json {
  const { id: ID, service: Service, subset: ServiceSubset, datacenter: Datacenter } = target;
  return {
    ...kept({ ID, Service, ServiceSubset, Namespace: DEFAULT_NAMESPACE, Datacenter }),
    MeshGateway: kept({ Mode: target.meshGatewayMode }),
    Subset: kept(target.definition),
    ...kept({ External: target.external, SNI: target.serverName, Name: target.name }),
  };
}
