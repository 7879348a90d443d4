import type { CatalogCheck, InstanceRecord, NodeRecord, RegisterRequest } from "@causeway/model";
import { type DeregisterRequest, withIndexes } from "@causeway/model";
import { CatalogIndex } from "../src/catalog-index.ts";
import { type Plan, planSize } from "../src/plan.ts";
import { planDeregistration } from "../src/plan-deregistration.ts";
import { planRegistration } from "../src/plan-registration.ts";
import { readRegistration } from "../src/registration.ts";
import { duplicateNodes, repairsOf } from "../src/repairs.ts";

type Entry = { readonly kind: "node" | "instance"; readonly names: readonly string[]; readonly revision: number };

/** One step of a plan: a crash can come between any two. */
type Step = () => void;

/** A bucket in memory: takes plans as the real one does, revision by revision, and can be interrupted between two writes. */
export class MemoryCatalog {
  readonly index = new CatalogIndex();
  readonly #entries = new Map<string, Entry & { readonly value: unknown }>();
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Registers as the service does; gives how many records were written, copies included. */
  register(request: RegisterRequest): number {
    const plan = planRegistration(this.index, readRegistration(request, "dc1"));
    return this.run(plan) + this.mend();
  }

  deregister(request: DeregisterRequest): number {
    return this.run(planDeregistration(this.index, request)) + this.mend();
  }

  /** Mends until nothing is left to mend; gives how many records were written. */
  mend(): number {
    let written = 0;
    for (const plan of duplicateNodes(this.index)) written += this.run(plan);
    for (const node of this.index.nodeNames()) {
      for (
        let plan = repairsOf(this.index, node, "all");
        planSize(plan) > 0;
        plan = repairsOf(this.index, node, "all")
      ) {
        written += this.run(plan);
      }
    }
    return written;
  }

  /** Carries out a plan, or only its first `steps` writes; gives how many there were. */
  run(plan: Plan, steps = Number.POSITIVE_INFINITY): number {
    const all = [...this.#steps(plan)];
    for (const step of all.slice(0, steps)) step();
    return Math.min(all.length, steps);
  }

  *#steps(plan: Plan): Generator<Step> {
    const { nodeWrite, instanceWrites, instanceRemovals, nodeRemovals } = plan;
    if (nodeWrite !== undefined) {
      yield () => this.#put("node", [nodeWrite.record.Node.Node], nodeWrite.record, nodeWrite.revision);
    }
    for (const { service, checks, revision } of instanceWrites) {
      yield () => {
        const node = this.node(plan.node);
        const record = { Node: node.Node, Service: service, Checks: checks, NodeChecks: node.Checks };
        this.#put("instance", [service.Service, node.Node.Node, service.ID], record, revision);
      };
    }
    for (const { names, revision } of instanceRemovals) yield () => this.#remove("instance", names, revision);
    for (const { names, revision } of nodeRemovals) yield () => this.#remove("node", names, revision);
  }

  #put(kind: Entry["kind"], names: readonly string[], value: unknown, expected: number): void {
    const key = [kind, ...names].join(".");
    if ((this.#entries.get(key)?.revision ?? 0) !== expected) throw new Error(`conflict on ${key}`);
    const revision = ++this.#revision;
    this.#entries.set(key, { kind, names, revision, value });
    this.index.apply({ kind, names, revision, record: { value, revision } });
  }

  #remove(kind: Entry["kind"], names: readonly string[], expected: number): void {
    const key = [kind, ...names].join(".");
    if (this.#entries.get(key)?.revision !== expected) throw new Error(`conflict on ${key}`);
    this.#entries.delete(key);
    this.index.apply({ kind, names, revision: ++this.#revision, record: undefined });
  }

  /** A node as readers see it. */
  node(name: string): NodeRecord {
    const stored = this.index.node(name);
    if (stored === undefined) throw new Error(`no node ${name}`);
    return withIndexes(stored.value, stored.revision);
  }

  /** An instance as readers see it. */
  instance(node: string, id: string): InstanceRecord {
    const [stored] = this.index.instancesWithId(node, id);
    if (stored === undefined) throw new Error(`no instance ${id} on ${node}`);
    return withIndexes(stored.value, stored.revision);
  }

  check(node: string, id: string): CatalogCheck {
    const all = [...this.node(node).Checks, ...this.index.instancesOn(node).flatMap(({ value }) => value.Checks)];
    const found = all.filter(({ CheckID }) => CheckID === id);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} checks ${id} on ${node}`);
    return found[0];
  }

  keys(): string[] {
    return [...this.#entries.keys()].sort();
  }
}
