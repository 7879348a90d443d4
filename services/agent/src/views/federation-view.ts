import type { Change } from "@causeway/bus";
import { type FederationState, withIndexes } from "@causeway/model";
import { Topics } from "./topics.ts";

/** The topic of every datacenter's state: there are few, and they change seldom. */
export const STATES_TOPIC = "states";

/** How each datacenter is reached from the others. */
export class FederationView {
  readonly topics = new Topics();
  readonly #states = new Map<string, FederationState>();

  /** By name. */
  states(): readonly FederationState[] {
    return [...this.#states.values()].sort((a, b) => (a.Datacenter < b.Datacenter ? -1 : 1));
  }

  state(datacenter: string): FederationState | undefined {
    return this.#states.get(datacenter);
  }

  /** Takes in one change of the bucket `federation`. */
  apply({ names: [datacenter = ""], revision, record }: Change<unknown>): void {
    if (record === undefined) this.#states.delete(datacenter);
    else this.#states.set(datacenter, withIndexes(record.value as FederationState, revision));
    this.topics.changed(STATES_TOPIC, revision);
  }
}
