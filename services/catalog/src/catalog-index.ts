import type { Change, Stored } from "@causeway/bus";
import type { InstanceRecord, NodeRecord } from "@causeway/model";
import { folded } from "./same.ts";

/** Where a check lives: with its node when `serviceId` is "", else with that instance. */
export type CheckHome = { readonly serviceId: string };

/**
 * The catalog by node, as far as its bucket has been read: what a registration needs to know is found without a search.
 *
 * Names are compared without regard to case. Normally an ID has one instance on a node; it has several while it moves from one service
 * to another, and after a crash in between.
 */
export class CatalogIndex {
  readonly #nodes = new Map<string, Stored<NodeRecord>>();
  readonly #nodesById = new Map<string, string>();
  readonly #instances = new Map<string, Map<string, readonly Stored<InstanceRecord>[]>>();
  readonly #checks = new Map<string, Map<string, CheckHome>>();

  /** How many nodes and instances there are. */
  get size(): { readonly nodes: number; readonly instances: number } {
    let instances = 0;
    for (const byId of this.#instances.values()) instances += byId.size;
    return { nodes: this.#nodes.size, instances };
  }

  nodes(): Iterable<Stored<NodeRecord>> {
    return this.#nodes.values();
  }

  /** The names of all nodes, in lower case; those too that only instances speak of. */
  nodeNames(): ReadonlySet<string> {
    return new Set([...this.#nodes.keys(), ...this.#instances.keys()]);
  }

  node(name: string): Stored<NodeRecord> | undefined {
    return this.#nodes.get(folded(name));
  }

  /** The node with this UUID. */
  nodeWithId(id: string): Stored<NodeRecord> | undefined {
    const name = this.#nodesById.get(folded(id));
    return name === undefined ? undefined : this.#nodes.get(name);
  }

  /** The instances with this ID on a node, the newest first. */
  instancesWithId(node: string, id: string): readonly Stored<InstanceRecord>[] {
    return this.#instances.get(folded(node))?.get(folded(id)) ?? [];
  }

  /** All instances on a node. */
  instancesOn(node: string): readonly Stored<InstanceRecord>[] {
    return [...(this.#instances.get(folded(node))?.values() ?? [])].flat();
  }

  /** Where the check with this ID lives on a node. */
  checkHome(node: string, checkId: string): CheckHome | undefined {
    return this.#checks.get(folded(node))?.get(folded(checkId));
  }

  /** Takes in one change of the bucket; records of other kinds are none of its business. */
  apply(change: Change<unknown>): void {
    const [first = "", node = "", id = ""] = change.names;
    if (change.kind === "node") this.#applyNode(first, change.record as Stored<NodeRecord> | undefined);
    if (change.kind === "instance") {
      this.#applyInstance({ service: first, node, id }, change.record as Stored<InstanceRecord> | undefined);
    }
  }

  #applyNode(name: string, next: Stored<NodeRecord> | undefined): void {
    const key = folded(name);
    const previous = this.#nodes.get(key);
    for (const { CheckID } of previous?.value.Checks ?? []) this.#forgetCheck(key, CheckID, "");
    const previousId = folded(previous?.value.Node.ID ?? "");
    if (this.#nodesById.get(previousId) === key) this.#nodesById.delete(previousId);
    if (next === undefined) {
      this.#nodes.delete(key);
      return;
    }
    this.#nodes.set(key, next);
    if (next.value.Node.ID !== "") this.#nodesById.set(folded(next.value.Node.ID), key);
    for (const { CheckID } of next.value.Checks) this.#placeCheck(key, CheckID, "");
  }

  #applyInstance(names: { service: string; node: string; id: string }, next: Stored<InstanceRecord> | undefined): void {
    const node = folded(names.node);
    const id = folded(names.id);
    const byId = this.#instances.get(node) ?? new Map<string, readonly Stored<InstanceRecord>[]>();
    const known = byId.get(id) ?? [];
    const same = known.find(({ value }) => value.Service.Service === names.service && value.Service.ID === names.id);
    const others = known.filter((stored) => stored !== same);
    for (const { CheckID } of same?.value.Checks ?? []) this.#forgetCheck(node, CheckID, id);
    const all = next === undefined ? others : [next, ...others].sort((a, b) => b.revision - a.revision);
    if (all.length > 0) byId.set(id, all);
    else byId.delete(id);
    if (byId.size > 0) this.#instances.set(node, byId);
    else this.#instances.delete(node);
    for (const stored of all) for (const { CheckID } of stored.value.Checks) this.#placeCheck(node, CheckID, id);
  }

  #placeCheck(node: string, checkId: string, serviceId: string): void {
    const homes = this.#checks.get(node) ?? new Map<string, CheckHome>();
    homes.set(folded(checkId), { serviceId });
    this.#checks.set(node, homes);
  }

  #forgetCheck(node: string, checkId: string, serviceId: string): void {
    const homes = this.#checks.get(node);
    if (homes?.get(folded(checkId))?.serviceId !== serviceId) return;
    homes.delete(folded(checkId));
    if (homes.size === 0) this.#checks.delete(node);
  }
}
