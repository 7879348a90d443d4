import { type Static, Type } from "./schema.ts";
import { keyToken } from "./tokens.ts";

/** Longest name and payload together of an event, in bytes: Consul's, whose gossip carries no more. */
export const MAX_EVENT_BYTES = 512;

/**
 * An event that somebody has fired: told once to every agent of a datacenter that runs, and kept nowhere.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/event
 */
export const UserEvent = Type.Object({
  ID: Type.String({ description: "A UUID." }),
  Name: Type.String({ minLength: 1 }),
  Payload: Type.String({ description: "Base64." }),
  NodeFilter: Type.String({ description: 'Regular expression for names of nodes; "" for all.' }),
  ServiceFilter: Type.String({ description: "The same for services that are registered with an agent." }),
  TagFilter: Type.String({ description: "The same for a tag of such a service." }),
});
export type UserEvent = Static<typeof UserEvent>;

/** The subject on which the agents of a datacenter hear of events: `causeway.<datacenter>.event`. */
export function eventSubject(datacenter: string): string {
  return `causeway.${keyToken(datacenter)}.event`;
}
