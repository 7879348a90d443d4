import { goPattern } from "@causeway/bexpr";
import type { UserEvent } from "@causeway/model";
import type { LocalSnapshot } from "../local/local-snapshot.ts";
import { Topics } from "../views/topics.ts";

/** An event as this agent has heard it. */
export type HeardEvent = UserEvent & { readonly LTime: number };

/** As many as Consul's agents remember. */
const KEPT = 256;

/** The topic of every event. */
export const ALL_EVENTS = "events";

/** The topic of events of one name. */
export function eventTopic(name: string): string {
  return `event:${name}`;
}

/** The last events that concern this agent. Only those that were fired while it ran are known to it. */
export class EventLog {
  readonly topics = new Topics();
  #heard: readonly HeardEvent[] = [];
  #count = 1;

  /** The oldest first. */
  get heard(): readonly HeardEvent[] {
    return this.#heard;
  }

  add(event: UserEvent): void {
    const LTime = ++this.#count;
    this.#heard = [...this.#heard, { ...event, LTime }].slice(-KEPT);
    this.topics.changed(ALL_EVENTS, LTime);
    this.topics.changed(eventTopic(event.Name), LTime);
  }
}

/** Whether an event is meant for an agent: by the name of its node, and by a service that is registered with it. */
export function concerns(event: UserEvent, node: string, services: LocalSnapshot["services"]): boolean {
  const { NodeFilter, ServiceFilter, TagFilter } = event;
  if (NodeFilter !== "" && !matches(NodeFilter, node)) return false;
  if (ServiceFilter === "") return true;
  return [...services.values()].some(
    ({ Service, Tags }) =>
      matches(ServiceFilter, Service) && (TagFilter === "" || Tags.some((tag) => matches(TagFilter, tag))),
  );
}

function matches(pattern: string, text: string): boolean {
  const compiled = goPattern(pattern);
  return "value" in compiled && compiled.value.matcher(text).find();
}
