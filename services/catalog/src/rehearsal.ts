import { type InstanceRecord, type NodeRecord, withIndexes } from "@causeway/model";
import { CatalogIndex } from "./catalog-index.ts";
import { type Plan, planSize } from "./plan.ts";
import { repairsOf } from "./repairs.ts";

/** Greater than any revision that a bucket gets: what stands at it or above has not been written yet. */
export const REHEARSED = 2 ** 52;

/** Some nodes of the catalog in memory, on which plans are carried out before anything is written. */
export class Rehearsal {
  readonly catalog = new CatalogIndex();
  #revision = REHEARSED;

  /** Begins with what `catalog` has of the nodes with these names. */
  constructor(catalog: CatalogIndex, nodes: Iterable<string>) {
    for (const name of nodes) {
      const node = catalog.node(name);
      if (node !== undefined) this.#put("node", [node.value.Node.Node], node.value, node.revision);
      for (const { value, revision } of catalog.instancesOn(name)) {
        this.#put("instance", namesOf(value), value, revision);
      }
    }
  }

  /** Carries out a plan, and what has to be mended after it. */
  run(plan: Plan): void {
    this.#write(plan);
    for (
      let mending = repairsOf(this.catalog, plan.node, "all");
      this.catalog.node(plan.node) !== undefined && planSize(mending) > 0;
      mending = repairsOf(this.catalog, plan.node, "all")
    ) {
      this.#write(mending);
    }
  }

  #write({ node: name, nodeWrite, instanceWrites, instanceRemovals, nodeRemovals }: Plan): void {
    if (nodeWrite !== undefined) this.#put("node", [nodeWrite.record.Node.Node], nodeWrite.record);
    const stored = this.catalog.node(name);
    const node = stored && withIndexes(stored.value, stored.revision);
    for (const { service, checks } of instanceWrites) {
      if (node === undefined) throw new Error("an instance cannot be written before its node");
      const record = { Node: node.Node, Service: service, Checks: [...checks], NodeChecks: node.Checks };
      this.#put("instance", namesOf(record), record);
    }
    for (const { names } of instanceRemovals) this.#remove("instance", names);
    for (const { names } of nodeRemovals) this.#remove("node", names);
  }

  #put(kind: string, names: readonly string[], value: NodeRecord | InstanceRecord, revision = ++this.#revision): void {
    this.catalog.apply({ kind, names, revision, record: { value, revision } });
  }

  #remove(kind: string, names: readonly string[]): void {
    this.catalog.apply({ kind, names, revision: ++this.#revision, record: undefined });
  }
}

function namesOf({ Service, Node }: InstanceRecord): readonly string[] {
  return [Service.Service, Node.Node, Service.ID];
}
