import { isDeepStrictEqual } from "node:util";
import type { Stored } from "@causeway/bus";
import { type CatalogCheck, type InstanceRecord, type NodeRecord, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { removalOf } from "./node-draft.ts";
import { emptyPlan, type InstanceWrite, type Plan } from "./plan.ts";
import { folded } from "./same.ts";

/** Which instances of a node are looked at: those with these IDs, or all. */
export type Scope = ReadonlySet<string> | "all";

/**
 * What has to be written so that a node and its instances agree: each instance copies its node as it is now, and no instance and no
 * check is there twice. Empty when they agree, as they do but for a moment, or after a crash in that moment.
 */
export function repairsOf(catalog: CatalogIndex, node: string, scope: Scope): Plan {
  const stored = catalog.node(node);
  const instances =
    scope === "all" ? catalog.instancesOn(node) : [...scope].flatMap((id) => catalog.instancesWithId(node, id));
  if (stored === undefined) return restored(node, instances);
  const whole = withIndexes(stored.value, stored.revision);
  const superseded = instances.filter((instance) => isSuperseded(catalog, node, instance));
  const present = instances.filter((instance) => !superseded.includes(instance)).map(asRead);
  const stale = staleChecks([whole.Checks, ...present.map(({ checks }) => checks)]);
  const isFresh = (check: CatalogCheck) => !stale.has(check);
  return {
    ...emptyPlan(stored.value.Node.Node),
    ...(whole.Checks.every(isFresh)
      ? {}
      : {
          nodeWrite: { record: { Node: whole.Node, Checks: whole.Checks.filter(isFresh) }, revision: stored.revision },
        }),
    instanceWrites: present
      .filter(({ checks, copy }) => !checks.every(isFresh) || !isDeepStrictEqual(copy, whole))
      .map(({ service, checks, revision }) => ({ service, checks: checks.filter(isFresh), revision })),
    instanceRemovals: superseded.map(removalOf),
  };
}

/** An instance as readers see it: its own part, and its copy of the node. */
function asRead({ value, revision }: Stored<InstanceRecord>): InstanceWrite & { readonly copy: NodeRecord } {
  const { Node, NodeChecks, Service, Checks } = withIndexes(value, revision);
  return { service: Service, checks: Checks, revision, copy: { Node, Checks: NodeChecks } };
}

/** Of checks with one ID all but the newest: a check that moves is at its old home for a moment more. */
function staleChecks(homes: readonly (readonly CatalogCheck[])[]): ReadonlySet<CatalogCheck> {
  const newest = new Map<string, CatalogCheck>();
  const stale = new Set<CatalogCheck>();
  for (const check of homes.flat()) {
    const other = newest.get(folded(check.CheckID));
    const older = other !== undefined && other.ModifyIndex < check.ModifyIndex ? other : check;
    if (other !== undefined) stale.add(older);
    if (older !== check || other === undefined) newest.set(folded(check.CheckID), check);
  }
  return stale;
}

/** Puts a node back that is gone although instances of it are there: they may have been acknowledged. */
function restored(node: string, instances: readonly Stored<InstanceRecord>[]): Plan {
  const [newest] = [...instances].sort((a, b) => b.revision - a.revision);
  if (newest === undefined) return emptyPlan(node);
  const { Node, NodeChecks } = newest.value;
  return { ...emptyPlan(Node.Node), nodeWrite: { record: { Node, Checks: NodeChecks }, revision: 0 } };
}

function isSuperseded(catalog: CatalogIndex, node: string, instance: Stored<InstanceRecord>): boolean {
  return catalog.instancesWithId(node, instance.value.Service.ID)[0] !== instance;
}

/**
 * What has to be written so that no two nodes have one UUID, which a crash while a node was renamed leaves behind: the newest keeps it,
 * the others go.
 */
export function duplicateNodes(catalog: CatalogIndex): readonly Plan[] {
  const byId = Map.groupBy([...catalog.nodes()], ({ value }) => value.Node.ID.toLowerCase());
  byId.delete("");
  return [...byId.values()].flatMap((nodes) => {
    const [, ...older] = nodes.sort((a, b) => b.revision - a.revision);
    return older.map(({ value, revision }) => ({
      ...emptyPlan(value.Node.Node),
      instanceRemovals: catalog.instancesOn(value.Node.Node).map(removalOf),
      nodeRemovals: [{ names: [value.Node.Node] as const, revision }],
    }));
  });
}
