import type { Change, Stored } from "@causeway/bus";
import { type AgentRecord, type NodeRecord, SERF_CHECK } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { folded } from "./same.ts";

/** A node whose agent has been heard, and what the catalog says of that. */
export type Member = { readonly node: Stored<NodeRecord>; readonly status: "alive" | "failed" };

/**
 * The nodes whose agents have been heard, as far as the bucket has been read, and the agents that are gone.
 *
 * An agent of a release that does not beat has never been heard, and an external node has none: neither is a member.
 */
export class Members {
  readonly #catalog: CatalogIndex;
  readonly #agents = new Map<string, AgentRecord>();

  constructor(catalog: CatalogIndex) {
    this.#catalog = catalog;
  }

  /** Takes in one change of the bucket; records of other kinds are none of its business. */
  apply({ kind, names, record }: Change<unknown>): void {
    if (kind !== "agent") return;
    const [node = ""] = names;
    if (record === undefined) this.#agents.delete(folded(node));
    else this.#agents.set(folded(node), record.value as AgentRecord);
  }

  /** Every member. */
  all(): readonly Member[] {
    return [...this.#agents.values()].flatMap(({ Node }) => this.named(Node) ?? []);
  }

  /** The member with this UUID. */
  withId(id: string): Member | undefined {
    const node = this.#catalog.nodeWithId(id);
    return node === undefined ? undefined : this.named(node.value.Node.Node);
  }

  /** The member of this name. */
  named(name: string): Member | undefined {
    const node = this.#catalog.node(name);
    const agent = this.agent(name);
    if (node === undefined || agent === undefined || folded(agent.ID) !== folded(node.value.Node.ID)) return undefined;
    const check = node.value.Checks.find(({ CheckID }) => CheckID === SERF_CHECK);
    return check && { node, status: check.Status === "critical" ? "failed" : "alive" };
  }

  /** Whether nothing has to be written for a beat of the agent with this UUID. */
  isAlive(id: string): boolean {
    const member = this.withId(id);
    return member?.status === "alive" && this.agent(member.node.value.Node.Node)?.Status === "alive";
  }

  /** The agent that is or was on the node of this name. */
  agent(node: string): AgentRecord | undefined {
    return this.#agents.get(folded(node));
  }

  /** The agents that are gone, and those whose node somebody has taken away. */
  gone(): readonly AgentRecord[] {
    return [...this.#agents.values()].filter(
      ({ Node, Status }) => Status !== "alive" || this.#catalog.node(Node) === undefined,
    );
  }
}
