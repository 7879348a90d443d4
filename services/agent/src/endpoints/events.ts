import { randomUUID } from "node:crypto";
import { goPattern } from "@causeway/bexpr";
import { fireEvent, hearEvents } from "@causeway/bus";
import { MAX_EVENT_BYTES, type UserEvent } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { ALL_EVENTS, concerns, EventLog, eventTopic, type HeardEvent } from "../events/event-log.ts";
import { blockingQuery } from "../http/blocking.ts";
import { type Answer, type ApiRequest, type Endpoint, json, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { queryOptions } from "../http/query-options.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import type { Json } from "../render/catalog-json.ts";

type Agent = Pick<AgentContext, "bus" | "clock" | "log"> & { readonly local: LocalAgent };

/**
 * Events that users fire: told to every agent of the datacenter that runs now, which remembers the last of those that are meant for it.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/event
 */
export function eventEndpoints(agent: Agent): readonly Endpoint[] {
  const { bus, local, log } = agent;
  const events = new EventLog();
  hearEvents(bus, log, (event) => {
    if (concerns(event, local.node.Node, local.state.services)) events.add(event);
  });
  return [
    { path: "/v1/event/fire/", methods: { PUT: (request) => fire(agent, request) } },
    { path: "/v1/event/list", methods: { GET: (request) => list(agent, events, request) } },
  ];
}

async function fire({ bus }: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: Name, query, body, bytes = Buffer.from(body) } = request;
  if (Name === "") return text(400, "Missing name");
  const filter = (name: string) => query.get(name) ?? "";
  const event: UserEvent = {
    ID: randomUUID(),
    Name,
    Payload: Buffer.from(bytes).toString("base64"),
    NodeFilter: filter("node"),
    ServiceFilter: filter("service"),
    TagFilter: filter("tag"),
  };
  const problem = problemOf(event, bytes.byteLength);
  if (problem !== undefined) throw answered(500, problem);
  await fireEvent(bus, event);
  return json(eventJson({ ...event, LTime: 0 }));
}

/** What Consul refuses, in its words. */
function problemOf(
  { Name, NodeFilter, ServiceFilter, TagFilter }: UserEvent,
  payloadBytes: number,
): string | undefined {
  if (TagFilter !== "" && ServiceFilter === "") return "Cannot provide tag filter without service filter";
  for (const [what, pattern] of Object.entries({ node: NodeFilter, service: ServiceFilter, tag: TagFilter })) {
    const compiled = goPattern(pattern);
    if ("cause" in compiled) return `Invalid ${what} filter: ${compiled.cause}`;
  }
  if (Buffer.byteLength(Name) + payloadBytes <= MAX_EVENT_BYTES) return undefined;
  return `user event exceeds configured limit of ${MAX_EVENT_BYTES} bytes before encoding`;
}

/** Waits, where an index is given, for another event that is asked for. */
async function list({ clock }: Agent, events: EventLog, request: ApiRequest): Promise<Answer> {
  const name = request.query.get("name") ?? "";
  const { minIndex, waitMs } = queryOptions(request);
  const topics = [name === "" ? ALL_EVENTS : eventTopic(name)];
  const read = () => ({ topics, value: events.heard.filter(({ Name }) => name === "" || Name === name) });
  const { client } = request;
  const { index, value } = await blockingQuery(events.topics, read, { minIndex, waitMs, clock, client });
  return json(value.map(eventJson), { "X-Consul-Index": String(index) });
}

function eventJson({ ID, Name, Payload, NodeFilter, ServiceFilter, TagFilter, LTime }: HeardEvent): Json {
  return { ID, Name, Payload: Payload || null, NodeFilter, ServiceFilter, TagFilter, Version: 1, LTime };
}
