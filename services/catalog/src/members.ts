import type { Change, Stored } from "@causeway/bus";
import { type DepartedRecord, type NodeRecord, SERF_CHECK, SERVER_SERVICE } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { folded } from "./same.ts";

/** A node with an agent. */
export type Member = { readonly stored: Stored<NodeRecord>; readonly status: "alive" | "failed" };

/**
 * The nodes that have an agent, as far as the bucket has been read, and those that had one.
 *
 * A node has an agent when one has joined there: it has `serfHealth` and the server's service. External nodes have neither.
 */
export class Members {
  readonly #catalog: CatalogIndex;
  /** Nodes with the server's service. */
  readonly #joined = new Set<string>();
  readonly #departed = new Map<string, DepartedRecord>();

  constructor(catalog: CatalogIndex) {
    this.#catalog = catalog;
  }

  /** Takes in one change of the bucket, which `catalog` has taken in. */
  apply({ kind, names, record }: Change<unknown>): void {
    const [first = "", node = "", id = ""] = names;
    if (kind === "instance" && first === SERVER_SERVICE && id === SERVER_SERVICE) {
      if (record === undefined) this.#joined.delete(folded(node));
      else this.#joined.add(folded(node));
    }
    if (kind !== "departed") return;
    if (record === undefined) this.#departed.delete(folded(first));
    else this.#departed.set(folded(first), record.value as DepartedRecord);
  }

  /** Every node with an agent. */
  all(): readonly Member[] {
    return [...this.#joined].flatMap((node) => this.#at(this.#catalog.node(node)) ?? []);
  }

  /** The node with this UUID, if it has an agent. */
  withId(id: string): Member | undefined {
    return this.#at(this.#catalog.nodeWithId(id));
  }

  /** The node of this name, if it has an agent. */
  named(node: string): Member | undefined {
    return this.#at(this.#catalog.node(node));
  }

  /** The agent that was on the node of this name. */
  departed(node: string): DepartedRecord | undefined {
    return this.#departed.get(folded(node));
  }

  /** Every agent that is gone. */
  allDeparted(): readonly DepartedRecord[] {
    return [...this.#departed.values()];
  }

  #at(stored: Stored<NodeRecord> | undefined): Member | undefined {
    if (stored === undefined || !this.#joined.has(folded(stored.value.Node.Node))) return undefined;
    const check = stored.value.Checks.find(({ CheckID }) => CheckID === SERF_CHECK);
    if (check === undefined) return undefined;
    return { stored, status: check.Status === "critical" ? "failed" : "alive" };
  }
}
