import type { CatalogCheck, CatalogService, NodeRecord } from "@causeway/model";

/** The names in an instance's key. */
export type InstanceNames = readonly [service: string, node: string, id: string];

/** A node's record that is to be stored. `revision` is that of the one that it replaces, 0 when there must be none. */
export type NodeWrite = { readonly record: NodeRecord; readonly revision: number };

/**
 * An instance's own part that is to be stored; what it copies from its node is filled in when the node has been written.
 * `revision` is that of the record that it replaces, 0 when there must be none.
 */
export type InstanceWrite = {
  readonly service: CatalogService;
  readonly checks: readonly CatalogCheck[];
  readonly revision: number;
};

/** A record that is to go. */
export type Removal<N> = { readonly names: N; readonly revision: number };

/**
 * What is to be written for one request, in this order: the node, instances, then what goes. Whatever interrupts it, nothing that had
 * been there before is lost, and what is left over can be told.
 */
export type Plan = {
  /** The node that all of it is about. */
  readonly node: string;
  readonly nodeWrite?: NodeWrite;
  readonly instanceWrites: readonly InstanceWrite[];
  readonly instanceRemovals: readonly Removal<InstanceNames>[];
  readonly nodeRemovals: readonly Removal<readonly [node: string]>[];
  /** IDs of instances that must be looked at afterwards although nothing of theirs is written: a check of theirs has moved away. */
  readonly left?: readonly string[];
};

/** A plan to write nothing. */
export function emptyPlan(node: string): Plan {
  return { node, instanceWrites: [], instanceRemovals: [], nodeRemovals: [] };
}

/** How many records a plan writes or takes away, copies of the node not counted. */
export function planSize(plan: Plan): number {
  const node = plan.nodeWrite === undefined ? 0 : 1;
  return node + plan.instanceWrites.length + plan.instanceRemovals.length + plan.nodeRemovals.length;
}
