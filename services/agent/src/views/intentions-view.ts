import type { Change } from "@causeway/bus";
import {
  type Action,
  compareIntentions,
  type DefaultPolicy,
  type DestinationIntentions,
  intentionPrecedence,
  type SourceIntention,
  withIndexes,
} from "@causeway/model";
import { Topics } from "./topics.ts";

/** One intention by itself, with the destination that its record is filed under. */
export type PairIntention = {
  readonly destination: string;
  readonly precedence: number;
  readonly source: SourceIntention;
};

/** The topics of intentions. */
export const intentionTopics = {
  /** Every intention. */
  all: "all",
  /** The intentions of one destination, or of "*". */
  destination: (name: string) => `destination:${name}`,
} as const;

/** What holds where no intention does, until the intentions service has said otherwise: Consul without ACLs allows. */
const UNTOLD_DEFAULT: Action = "allow";

/** Intentions by destination, by ID and in the order in which they are decided. */
export class IntentionsView {
  readonly topics = new Topics();
  readonly #byDestination = new Map<string, DestinationIntentions>();
  readonly #byId = new Map<string, PairIntention>();
  #defaultAction: Action | undefined;

  /** What holds where no intention does. */
  get defaultAction(): Action {
    return this.#defaultAction ?? UNTOLD_DEFAULT;
  }

  /** Whether the intentions service has said what that is. */
  get begun(): boolean {
    return this.#defaultAction !== undefined;
  }

  /** The intentions of one destination, or of "*". */
  entry(destination: string): DestinationIntentions | undefined {
    return this.#byDestination.get(destination);
  }

  /** The intentions of every destination, by name. */
  entries(): readonly DestinationIntentions[] {
    return [...this.#byDestination].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  withId(id: string): PairIntention | undefined {
    return this.#byId.get(id);
  }

  between(source: string, destination: string): PairIntention | undefined {
    const found = this.entry(destination)?.Sources.find(({ Name }) => Name === source);
    return found && pair(destination, found);
  }

  /** Every intention, those that decide first in front. */
  pairs(): readonly PairIntention[] {
    return [...this.#byId.values()].sort(byPrecedence);
  }

  /** The intentions that bear on connections to `name`, or from it, those that decide first in front. */
  matching(by: "source" | "destination", name: string): readonly PairIntention[] {
    const covers = (pattern: string) => pattern === name || pattern === "*";
    return this.pairs().filter(({ source, destination }) => covers(by === "source" ? source.Name : destination));
  }

  /** Takes in one change of the bucket `intentions`. */
  apply({ kind, names: [name = ""], revision, record }: Change<unknown>): void {
    if (kind === "settings") {
      this.#defaultAction = (record?.value as DefaultPolicy | undefined)?.Action;
      return;
    }
    for (const { ID } of this.entry(name)?.Sources ?? []) this.#byId.delete(ID);
    this.topics.changed(intentionTopics.all, revision);
    if (record === undefined) {
      this.#byDestination.delete(name);
      this.topics.gone(intentionTopics.destination(name), revision);
      return;
    }
    const entry = withIndexes(record.value as DestinationIntentions, revision);
    this.#byDestination.set(name, entry);
    for (const source of entry.Sources) this.#byId.set(source.ID, pair(name, source));
    this.topics.changed(intentionTopics.destination(name), revision);
  }
}

function pair(destination: string, source: SourceIntention): PairIntention {
  return { destination, precedence: intentionPrecedence(source.Name, destination), source };
}

function byPrecedence(a: PairIntention, b: PairIntention): number {
  return compareIntentions(namesOf(a), namesOf(b));
}

function namesOf({ source, destination }: PairIntention): { readonly Source: string; readonly Destination: string } {
  return { Source: source.Name, Destination: destination };
}
