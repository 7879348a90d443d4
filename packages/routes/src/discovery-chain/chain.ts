import type { ResolverSubset, ServiceRoute } from "@causeway/model";
import type { MeshGatewayMode } from "../mesh-gateway-mode.ts";

/**
 * What becomes of a request for a service, step by step, and where it can end: its router, then its splitters, then the resolvers.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/manage-traffic/discovery-chain
 */
export type DiscoveryChain = {
  readonly service: string;
  /** Where it is evaluated: what names no datacenter lies there. */
  readonly datacenter: string;
  /** What all of it speaks, or what it has been told to speak. */
  readonly protocol: string;
  /** Tells it from the chain that nothing was overridden in; undefined when overrides change nothing. */
  readonly customizationHash: string | undefined;
  /** The key of the first node. */
  readonly startNode: string;
  /** By `nodeKey`, in the order of the keys. */
  readonly nodes: ReadonlyMap<string, ChainNode>;
  /** By ID, in the order of the IDs. */
  readonly targets: ReadonlyMap<string, ChainTarget>;
};

/** One step of a chain. */
export type ChainNode = RouterNode | SplitterNode | ResolverNode;

/** The first route that matches decides; the last one matches everything. */
export type RouterNode = {
  readonly kind: "router";
  readonly service: string;
  readonly routes: readonly { readonly definition: ServiceRoute; readonly nextNode: string }[];
};

/** Shares of the traffic, each with where it goes on: never to another splitter. */
export type SplitterNode = {
  readonly kind: "splitter";
  readonly service: string;
  readonly splits: readonly ChainSplit[];
};

/** A share, in percent to two decimals, and the key of the node that it goes to. */
export type ChainSplit = { readonly weight: number; readonly nextNode: string };

/** The end of a chain. */
export type ResolverNode = {
  readonly kind: "resolver";
  /** The ID of where instances are looked for. */
  readonly target: string;
  readonly connectTimeoutMs: number;
  /** True when no service-resolver says anything about it. */
  readonly byDefault: boolean;
  /** The IDs of the targets that stand in for it, the first before the second. */
  readonly failover: readonly string[];
};

/** Instances of one service, all of them or a subset, in one datacenter. */
export type ChainTarget = {
  readonly id: string;
  readonly service: string;
  /** "" when it has none. */
  readonly subset: string;
  readonly datacenter: string;
  /** What the subset means. */
  readonly definition: ResolverSubset;
  /** How it is reached where it lies in another datacenter; undefined is dialling directly because nothing says otherwise. */
  readonly meshGatewayMode: MeshGatewayMode | undefined;
  /** True when it has a server name of its own, and so is outside of this mesh. */
  readonly external: boolean;
  /** The server name to ask for in the TLS handshake. */
  readonly serverName: string;
  /** The mesh's own name for it, whatever the server name is. */
  readonly name: string;
};

/** What a node is called among those of its kind. */
export function nodeName(node: ChainNode): string {
  return node.kind === "resolver" ? node.target : `${node.service}.default`;
}

/** What a node is found by in `nodes`. */
export function nodeKey(node: ChainNode): string {
  return `${node.kind}:${nodeName(node)}`;
}

/** The keys of the nodes that a node leads to, in its own order. */
export function nextNodes(node: ChainNode): readonly string[] {
  switch (node.kind) {
    case "router":
      return node.routes.map(({ nextNode }) => nextNode);
    case "splitter":
      return node.splits.map(({ nextNode }) => nextNode);
    case "resolver":
      return [];
  }
}
