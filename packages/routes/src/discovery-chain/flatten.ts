import { type ChainNode, type ChainSplit, nextNodes, nodeKey, type SplitterNode } from "./chain.ts";

/**
 * The nodes that can be reached from `start`, with the splits of a splitter that leads to another one put in its place, so that traffic
 * is split once. The nodes must be free of circles.
 */
export function flattened(start: string, nodes: ReadonlyMap<string, ChainNode>): ReadonlyMap<string, ChainNode> {
  const done = new Map<string, ChainNode>();
  const flatten = (node: ChainNode): ChainNode => {
    const key = nodeKey(node);
    const flat = done.get(key) ?? (node.kind === "splitter" ? splitOnce(node, (next) => at(next)) : node);
    done.set(key, flat);
    return flat;
  };
  const at = (key: string): ChainNode | undefined => {
    const node = nodes.get(key);
    return node && flatten(node);
  };
  for (const key of nodes.keys()) at(key);
  return reachable(start, done);
}

function splitOnce(node: SplitterNode, at: (key: string) => ChainNode | undefined): SplitterNode {
  const splits = node.splits.flatMap((split): readonly ChainSplit[] => {
    const next = at(split.nextNode);
    if (next?.kind !== "splitter") return [split];
    return next.splits.map(({ weight, nextNode }) => ({ weight: share(split.weight, weight), nextNode }));
  });
  return { ...node, splits: splits.length > MAX_SPLITS ? summed(splits) : splits };
}

/** Splits of splits multiply. From here on, which no hand has written, those that go to the same node are told as one. */
const MAX_SPLITS = 1_000;

function summed(splits: readonly ChainSplit[]): readonly ChainSplit[] {
  const weights = new Map<string, number>();
  for (const { weight, nextNode } of splits) weights.set(nextNode, (weights.get(nextNode) ?? 0) + weight);
  return [...weights].map(([nextNode, weight]) => ({ weight: rounded(weight), nextNode }));
}

/** So many percent of so many percent, reckoned in 32 bits as Consul does, which shows where a half is rounded. */
function share(outer: number, inner: number): number {
  return rounded(Math.fround(Math.fround(Math.fround(outer) * Math.fround(inner)) / 100));
}

/** To two decimals. */
function rounded(weight: number): number {
  return Math.round(Math.fround(weight * 100)) / 100;
}

function reachable(start: string, nodes: ReadonlyMap<string, ChainNode>): ReadonlyMap<string, ChainNode> {
  const reached = new Map<string, ChainNode>();
  const visit = (key: string): void => {
    const node = nodes.get(key);
    if (node === undefined || reached.has(key)) return;
    reached.set(key, node);
    for (const next of nextNodes(node)) visit(next);
  };
  visit(start);
  return reached;
}
