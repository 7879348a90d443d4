import { Refusal } from "@causeway/bus";
import {
  type AgentRecord,
  type JoinRequest,
  type NodeRecord,
  type RegisterRequest,
  SERF_CHECK,
  serfCheck,
  serverService,
  type Written,
} from "@causeway/model";
import type { Clock } from "@causeway/runtime";
import type { Catalog } from "./catalog.ts";
import type { CatalogIndex } from "./catalog-index.ts";
import type { Members } from "./members.ts";
import { emptyPlan, type Plan } from "./plan.ts";
import { planDeregistration } from "./plan-deregistration.ts";
import { planRegistration } from "./plan-registration.ts";
import type { CatalogBucket, CatalogMirror } from "./plan-writer.ts";
import { readRegistration } from "./registration.ts";

/** What a membership works with. */
export type MembershipParts = {
  readonly bucket: Pick<CatalogBucket, "change">;
  readonly mirror: Pick<CatalogMirror, "reach" | "revision">;
  readonly catalog: Pick<Catalog, "register" | "write">;
  readonly index: CatalogIndex;
  readonly members: Members;
  readonly clock: Pick<Clock, "now">;
  readonly datacenter: string;
};

/**
 * What the catalog says of agents: that one is alive, has failed, or has left, as Consul's leader does by what gossip tells it. Each of
 * these writes nothing when it holds already, so that replicas may all say the same.
 *
 * What becomes of an agent is written before its node changes: what is interrupted in between is done when it is looked at again.
 */
export class Membership {
  readonly #parts: MembershipParts;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** An agent is alive, and says where. It counts as heard when it is: one of a release that does not beat never is. */
  async join(request: JoinRequest): Promise<Written> {
    const { catalog, index } = this.#parts;
    const { Index } = await catalog.register(joinRegistration(index, request));
    return { Index: Math.max(Index, await this.#forget(request.Node)) };
  }

  /** An agent is heard that has joined: it is alive, and from now on its silence counts. */
  async heard(id: string): Promise<void> {
    const { catalog, index } = this.#parts;
    const node = index.nodeWithId(id)?.value;
    const health = node && serfHealthOf(node);
    if (node === undefined || health === undefined) return;
    if (health === "failed") await catalog.write(() => this.#planHealth(id, "alive"));
    await this.#note(node.Node, "alive");
  }

  /** An agent has failed: whatever is on its node counts as unreachable. Nothing happens once `stillSilent` gives false. */
  async failed(id: string, stillSilent: () => boolean): Promise<void> {
    const { catalog, members } = this.#parts;
    const member = members.withId(id);
    if (member === undefined || !stillSilent()) return;
    await this.#note(member.node.value.Node, "failed");
    await catalog.write(() => (stillSilent() ? this.#planHealth(id, "failed") : emptyPlan("")));
  }

  /** An agent has left, and its node with all that is on it. One of another ID that has its name stays. */
  async leave({ ID, Node }: JoinRequest): Promise<Written> {
    const { index, mirror } = this.#parts;
    await this.#takeAway(Node, () => index.nodeWithId(ID)?.value.Node.Node === Node);
    return { Index: mirror.revision };
  }

  /** One that has failed counts as one that has left, or throws a Refusal when there is none of this name. One that is alive stays. */
  async forceLeave(node: string, prune: boolean): Promise<Written> {
    const { index, members, mirror } = this.#parts;
    const there = index.node(node)?.value;
    if (members.agent(node) === undefined && (there === undefined || serfHealthOf(there) === undefined)) {
      throw new Refusal(500, `agent: No node found with name '${node}'`);
    }
    await this.#takeAway(node, () => members.named(node)?.status === "failed");
    if (prune && members.named(node) === undefined) await this.#forget(node);
    return { Index: mirror.revision };
  }

  /** Nobody expects this agent back: nothing is left of it. */
  async reap({ Node, Status }: AgentRecord): Promise<void> {
    const { catalog, index, members } = this.#parts;
    const dead = () => members.named(Node)?.status === "failed";
    if (Status === "failed") {
      await catalog.write(() => (dead() ? planDeregistration(index, { Node }) : emptyPlan(Node)));
    }
    if (members.named(Node)?.status !== "alive") await this.#forget(Node);
  }

  /** Takes a node with an agent away, as one that has left, for as long as `holds`. */
  async #takeAway(node: string, holds: () => boolean): Promise<void> {
    const { catalog, index } = this.#parts;
    const there = index.node(node)?.value.Node;
    if (there === undefined || !holds()) return;
    await this.#note(there, "left");
    await catalog.write(() => (holds() ? planDeregistration(index, { Node: node }) : emptyPlan(node)));
  }

  #planHealth(id: string, agent: "alive" | "failed"): Plan {
    const { index, datacenter } = this.#parts;
    const node = index.nodeWithId(id)?.value;
    const health = node && serfHealthOf(node);
    if (node === undefined || health === undefined || health === agent) return emptyPlan(node?.Node.Node ?? "");
    const { Node } = node.Node;
    const request = { Node, SkipNodeUpdate: true, Check: serfCheck(Node, agent) };
    return planRegistration(index, readRegistration(request, datacenter));
  }

  /** Writes down what an agent is from now on, unless that is known. */
  async #note({ ID, Node, Address }: JoinRequest, Status: AgentRecord["Status"]): Promise<void> {
    const { bucket, clock, mirror } = this.#parts;
    const SinceMs = clock.now();
    const revision = await bucket.change("agent", [Node], (current) => {
      const known = current?.value;
      return known?.ID === ID && known.Status === Status ? known : { ID, Node, Address, Status, SinceMs };
    });
    await mirror.reach(revision);
  }

  /** Forgets what an agent was; gives the revision that shows it, 0 when nobody knew. */
  async #forget(node: string): Promise<number> {
    const { bucket, members, mirror } = this.#parts;
    const known = members.agent(node);
    if (known === undefined) return 0;
    const revision = await bucket.change("agent", [known.Node], () => undefined);
    await mirror.reach(revision);
    return revision;
  }
}

/** What the catalog says of a node's agent; undefined when none has joined. */
function serfHealthOf({ Checks }: NodeRecord): "alive" | "failed" | undefined {
  const check = Checks.find(({ CheckID }) => CheckID === SERF_CHECK);
  return check && (check.Status === "critical" ? "failed" : "alive");
}

/** Everything that being alive says of a node, and nothing that its operators say of it. */
export function joinRegistration(
  known: Pick<CatalogIndex, "node">,
  { ID, Node, Address }: JoinRequest,
): RegisterRequest {
  const there = known.node(Node)?.value.Node;
  return {
    ID,
    Node,
    Address,
    TaggedAddresses: there?.TaggedAddresses ?? {},
    NodeMeta: there?.Meta ?? {},
    Service: serverService(),
    Checks: [serfCheck(Node)],
  };
}
