import type { ServiceSplit } from "@causeway/model";
import { type ChainSplit, nodeKey, type SplitterNode } from "./chain.ts";
import type { ChainEntries } from "./chain-entries.ts";
import type { Customization } from "./customization.ts";
import type { Resolvers } from "./resolvers.ts";

/** What splitters are made from. */
export type SplitterInputs = {
  readonly entries: ChainEntries;
  readonly datacenter: string;
  readonly customization: Customization;
  readonly resolvers: Resolvers;
};

/** The splitters of a chain, each as it is written: what it leads to may be split further. */
export class Splitters {
  readonly #inputs: SplitterInputs;
  readonly #nodes = new Map<string, SplitterNode>();

  constructor(inputs: SplitterInputs) {
    this.#inputs = inputs;
  }

  get nodes(): Iterable<SplitterNode> {
    return this.#nodes.values();
  }

  /** The key of the node that requests for a service go to: its splitter, else its resolver. Throws Unsound when there can be none. */
  splitOrResolve(service: string): string {
    return this.#split(service) ?? this.resolve(service);
  }

  /** The key of the node that resolves a service, or a subset of it, past its splitter. Throws Unsound when there can be none. */
  resolve(service: string, subset = ""): string {
    return this.#inputs.resolvers.resolve({ service, subset, datacenter: this.#inputs.datacenter });
  }

  /** The key of a service's splitter; undefined when it has none. */
  #split(service: string): string | undefined {
    const entry = this.#inputs.customization.advanced(this.#inputs.entries.get("service-splitter", service));
    if (entry === undefined) return undefined;
    const node: SplitterNode = { kind: "splitter", service, splits: [] };
    if (this.#nodes.has(service)) return nodeKey(node);
    // Noted before it is followed: splits may lead back here, and are then found to go round in a circle.
    this.#nodes.set(service, node);
    this.#nodes.set(service, { ...node, splits: entry.Splits.map((split) => this.#share(service, split)) });
    return nodeKey(node);
  }

  #share(splitter: string, { Weight, Service, ServiceSubset }: ServiceSplit): ChainSplit {
    const service = Service || splitter;
    const further = ServiceSubset || service === splitter ? undefined : this.#split(service);
    return { weight: Weight, nextNode: further ?? this.resolve(service, ServiceSubset) };
  }
}
