import { Refusal } from "@causeway/bus";
import {
  type DepartedRecord,
  type JoinRequest,
  type RegisterRequest,
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
 * That an agent is gone is written before its node changes: what is interrupted in between is done when it is looked at again.
 */
export class Membership {
  readonly #parts: MembershipParts;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** An agent is alive, and says where. */
  async join(request: JoinRequest): Promise<Written> {
    const { catalog, index } = this.#parts;
    const { Index } = await catalog.register(joinRegistration(index, request));
    return { Index: Math.max(Index, await this.#forget(request.Node)) };
  }

  /** An agent that had failed is heard again. */
  async alive(id: string): Promise<void> {
    const { catalog, members } = this.#parts;
    await catalog.write(() => this.#planHealth(id, "alive"));
    const node = members.withId(id)?.stored.value.Node.Node;
    if (node !== undefined) await this.#forget(node);
  }

  /** An agent has failed: whatever is on its node counts as unreachable. Nothing happens once `stillSilent` gives false. */
  async failed(id: string, stillSilent: () => boolean): Promise<void> {
    const { catalog, members } = this.#parts;
    const member = members.withId(id);
    if (member === undefined || member.status === "failed" || !stillSilent()) return;
    await this.#note({ ...identity(member.stored.value.Node), Status: "failed" });
    await catalog.write(() => (stillSilent() ? this.#planHealth(id, "failed") : emptyPlan("")));
    // Heard at the last moment.
    if (members.withId(id)?.status === "alive") await this.#forget(member.stored.value.Node.Node);
  }

  /** An agent has left, and its node with all that is on it. One of another ID that has its name stays. */
  async leave(request: JoinRequest): Promise<Written> {
    const isIt = (id: string) => id.toLowerCase() === request.ID.toLowerCase();
    return await this.#takeAway(request, ({ stored }) => isIt(stored.value.Node.ID));
  }

  /** One that has failed counts as one that has left, or throws a Refusal when there is none of this name. One that is alive stays. */
  async forceLeave(node: string, prune: boolean): Promise<Written> {
    const { members, mirror } = this.#parts;
    const member = members.named(node);
    const departed = members.departed(node);
    const there = member === undefined ? departed : identity(member.stored.value.Node);
    if (there === undefined) throw new Refusal(500, `agent: No node found with name '${node}'`);
    if (member?.status !== "alive" && departed?.Status !== "left") {
      await this.#takeAway(there, ({ status }) => status === "failed");
    }
    if (prune && members.named(node) === undefined) await this.#forget(node);
    return { Index: mirror.revision };
  }

  /** Nobody expects this agent back: nothing is left of it. One that is alive after all is forgotten to have been gone. */
  async reap({ Node, Status }: DepartedRecord): Promise<void> {
    const { catalog, index, members } = this.#parts;
    const dead = () => members.named(Node)?.status === "failed";
    if (Status === "failed") {
      await catalog.write(() => (dead() ? planDeregistration(index, { Node }) : emptyPlan(Node)));
    }
    await this.#forget(Node);
  }

  async #takeAway(
    which: JoinRequest,
    holds: (member: NonNullable<ReturnType<Members["named"]>>) => boolean,
  ): Promise<Written> {
    const { catalog, index, members, mirror } = this.#parts;
    const { Node } = which;
    const still = () => {
      const member = members.named(Node);
      return member !== undefined && holds(member);
    };
    if (still()) {
      await this.#note({ ...identity(which), Status: "left" });
      await catalog.write(() => (still() ? planDeregistration(index, { Node }) : emptyPlan(Node)));
    }
    return { Index: mirror.revision };
  }

  #planHealth(id: string, agent: "alive" | "failed"): Plan {
    const { index, members, datacenter } = this.#parts;
    const member = members.withId(id);
    if (member === undefined || member.status === agent) return emptyPlan(member?.stored.value.Node.Node ?? "");
    const { Node } = member.stored.value.Node;
    const request = { Node, SkipNodeUpdate: true, Check: serfCheck(Node, agent) };
    return planRegistration(index, readRegistration(request, datacenter));
  }

  /** Writes down that an agent is gone, since now. */
  async #note(departed: Omit<DepartedRecord, "SinceMs">): Promise<void> {
    const { bucket, clock, mirror } = this.#parts;
    const SinceMs = clock.now();
    const revision = await bucket.change("departed", [departed.Node], () => ({ ...departed, SinceMs }));
    await mirror.reach(revision);
  }

  /** Forgets that an agent was gone; gives the revision that shows it, 0 when nobody knew. */
  async #forget(node: string): Promise<number> {
    const { bucket, members, mirror } = this.#parts;
    const known = members.departed(node);
    if (known === undefined) return 0;
    const revision = await bucket.change("departed", [known.Node], () => undefined);
    await mirror.reach(revision);
    return revision;
  }
}

function identity({ ID, Node, Address }: JoinRequest): JoinRequest {
  return { ID, Node, Address };
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
