import type { Change } from "@causeway/bus";
import {
  type AgentRecord,
  type GatewayServiceRecord,
  type InstanceRecord,
  keyOf,
  type NodeRecord,
  withIndexes,
} from "@causeway/model";
import { catalogTopics as about, folded } from "./catalog-topics.ts";
import { Groups } from "./groups.ts";
import { destinationsOf, topicsOfInstance } from "./instance-change.ts";
import { sameContent, sameContents } from "./same-content.ts";
import { Topics } from "./topics.ts";

const ALL = "all";

/**
 * The catalog by what it is asked for: nodes by name, instances by service, by node and by the destination that they take mesh
 * connections for, gateway links both ways. Names are found whatever their case.
 *
 * Each change costs the same however large the catalog is, and the order of changes does not matter.
 */
export class CatalogView {
  readonly topics = new Topics();
  /** All in one group, for the order. */
  readonly #nodes = new Groups<NodeRecord>();
  readonly #instances = new Map<string, InstanceRecord>();
  readonly #byService = new Groups<InstanceRecord>();
  readonly #byNode = new Groups<InstanceRecord>();
  readonly #byDestination = new Groups<InstanceRecord>();
  readonly #links = new Map<string, GatewayServiceRecord>();
  readonly #byGateway = new Groups<GatewayServiceRecord>();
  readonly #byLinked = new Groups<GatewayServiceRecord>();
  readonly #agents = new Map<string, AgentRecord>();

  /** Every node, by name. */
  nodes(): readonly NodeRecord[] {
    return this.#nodes.list(ALL);
  }

  node(name: string): NodeRecord | undefined {
    return this.#nodes.get(ALL, folded(name));
  }

  /** The services that have instances, by name, each as its instances spell it. */
  services(): readonly (readonly InstanceRecord[])[] {
    return this.#byService.names().map((name) => this.#byService.list(name));
  }

  /** The instances of a service, by node and ID. */
  instancesOf(service: string): readonly InstanceRecord[] {
    return this.#byService.list(folded(service));
  }

  /** The instances on a node, by ID. */
  instancesOn(node: string): readonly InstanceRecord[] {
    return this.#byNode.list(folded(node));
  }

  /** Sidecars and native instances of a service; the gateways that represent it are not among them. */
  meshInstancesOf(destination: string): readonly InstanceRecord[] {
    return this.#byDestination.list(folded(destination));
  }

  /** The services that a gateway represents, by name; the wildcard itself is none. */
  servicesOf(gateway: string): readonly GatewayServiceRecord[] {
    return this.#byGateway.list(folded(gateway));
  }

  /** The gateways that represent a service, by name. */
  gatewaysOf(service: string): readonly GatewayServiceRecord[] {
    return this.#byLinked.list(folded(service));
  }

  /** The agents that have been heard, those among them that are gone. */
  agents(): readonly AgentRecord[] {
    return [...this.#agents.values()];
  }

  /** Takes in one change of the bucket `catalog`. */
  apply({ kind, names, revision, record }: Change<unknown>): void {
    const value = record?.value;
    if (kind === "node") this.#applyNode(names[0] ?? "", value as NodeRecord | undefined, revision);
    if (kind === "instance") this.#applyInstance(keyOf(...names), value as InstanceRecord | undefined, revision);
    if (kind === "gateway-service") {
      this.#applyLink(keyOf(...names), value as GatewayServiceRecord | undefined, revision);
    }
    if (kind === "agent") this.#applyAgent(keyOf(...names), value as AgentRecord | undefined);
  }

  #applyAgent(key: string, agent: AgentRecord | undefined): void {
    if (agent === undefined) this.#agents.delete(key);
    else this.#agents.set(key, agent);
  }

  #applyNode(name: string, stored: NodeRecord | undefined, revision: number): void {
    const key = folded(name);
    const before = this.#nodes.get(ALL, key);
    const after = stored && withIndexes(stored, revision);
    if (after === undefined) this.#nodes.delete(ALL, key);
    else this.#nodes.set(ALL, key, after);

    if (!sameContent(before?.Node, after?.Node)) {
      this.topics.changed(about.nodes, revision);
      this.topics.changed(about.node(name), revision);
    }
    if (!sameContents(before?.Checks, after?.Checks)) {
      this.topics.changed(about.nodeChecks(name), revision);
      this.topics.changed(about.checks, revision);
    }
    this.#forgetNode(name, revision);
  }

  /** Nothing is left of a node when it has neither a record nor instances. */
  #forgetNode(name: string, revision: number): void {
    if (this.node(name) !== undefined || this.#byNode.has(folded(name))) return;
    this.topics.gone(about.node(name), revision);
    this.topics.gone(about.nodeChecks(name), revision);
  }

  #applyInstance(key: string, stored: InstanceRecord | undefined, revision: number): void {
    const before = this.#instances.get(key);
    const after = stored && withIndexes(stored, revision);
    if (before !== undefined) this.#leave(key, before);
    if (after !== undefined) this.#enter(key, after);
    for (const topic of topicsOfInstance(before, after)) this.topics.changed(topic, revision);
    if (before !== undefined) this.#forgetInstance(before, revision);
  }

  #enter(key: string, instance: InstanceRecord): void {
    const place = placeOf(instance);
    this.#instances.set(key, instance);
    this.#byService.set(folded(instance.Service.Service), place, instance);
    this.#byNode.set(folded(instance.Node.Node), place, instance);
    for (const name of destinationsOf(instance)) this.#byDestination.set(folded(name), place, instance);
  }

  #leave(key: string, instance: InstanceRecord): void {
    const place = placeOf(instance);
    this.#instances.delete(key);
    this.#byService.delete(folded(instance.Service.Service), place);
    this.#byNode.delete(folded(instance.Node.Node), place);
    for (const name of destinationsOf(instance)) this.#byDestination.delete(folded(name), place);
  }

  /** Forgets the topics of what `instance` was the last of. */
  #forgetInstance(instance: InstanceRecord, revision: number): void {
    const { Service } = instance.Service;
    if (!this.#byService.has(folded(Service))) {
      for (const topic of [about.service, about.health, about.serviceChecks])
        this.topics.gone(topic(Service), revision);
    }
    for (const name of destinationsOf(instance)) {
      if (!this.#byDestination.has(folded(name))) this.topics.gone(about.connect(name), revision);
    }
    this.#forgetNode(instance.Node.Node, revision);
  }

  #applyLink(key: string, stored: GatewayServiceRecord | undefined, revision: number): void {
    const before = this.#links.get(key);
    const after = stored && withIndexes(stored, revision);
    const link = after ?? before;
    // The wildcard is kept for services to come, and is no service itself.
    if (link === undefined || link.Service === "*") return;
    const [gateway, service] = [folded(link.Gateway), folded(link.Service)];
    // An ingress gateway may have a service on several ports.
    const port = String(link.Port ?? 0);
    if (after === undefined) {
      this.#links.delete(key);
      this.#byGateway.delete(gateway, `${service}\0${port}`);
      this.#byLinked.delete(service, `${gateway}\0${port}`);
    } else {
      this.#links.set(key, after);
      this.#byGateway.set(gateway, `${service}\0${port}`, after);
      this.#byLinked.set(service, `${gateway}\0${port}`, after);
    }
    this.topics.changed(about.gateway(gateway), revision);
    this.topics.changed(about.linked(service), revision);
    if (!this.#byGateway.has(gateway)) this.topics.gone(about.gateway(gateway), revision);
    if (!this.#byLinked.has(service)) this.topics.gone(about.linked(service), revision);
  }
}

/**
 * Where an instance stands among others: by node, then by ID. An ID that was given to another service is there twice until its old
 * record is gone.
 */
function placeOf({ Node, Service }: InstanceRecord): string {
  return `${folded(Node.Node)}\0${Service.ID}\0${Service.Service}`;
}
