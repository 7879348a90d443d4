import { ask, BusError, type PartsInbox, PartsInboxes } from "@causeway/bus";
import type { Reply } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { requiredParameter } from "./intention-names.ts";

type Agent = Pick<AgentContext, "bus">;

/** A proxy answers from memory: one that takes longer is stuck. */
const ANSWER_TIMEOUT_MS = 3_000;

/**
 * The pages of the admin port of any proxy of this datacenter, on whatever host it runs: `/v1/internal/proxy/` and the page's path, with
 * `?service`, `?node` and `?id` of its registration. 404 when no process answers for it. Not Consul's.
 */
export function proxyPageEndpoints(agent: Agent): readonly Endpoint[] {
  const inboxes = new PartsInboxes(agent.bus);
  return [{ path: "/v1/internal/proxy/", methods: { GET: (request) => page(agent, inboxes, request) } }];
}

async function page({ bus }: Agent, inboxes: PartsInboxes, { rest, query }: ApiRequest): Promise<Answer> {
  const of = ["service", "node", "id"].map((name) => requiredParameter(query, name));
  using inbox = inboxes.open();
  const asked = { Url: `/${rest}`, Inbox: inbox.subject };
  try {
    const reply = await ask(bus, "proxy.page", asked, { of, timeoutMs: ANSWER_TIMEOUT_MS });
    const text = await bodyOf(reply, inbox);
    return { status: reply.Status, headers: {}, body: { kind: "text", text, contentType: reply.ContentType } };
  } catch (error) {
    throw error instanceof BusError ? unanswered(error, of) : error;
  }
}

async function bodyOf({ Body, Parts }: Reply<"proxy.page">, inbox: PartsInbox): Promise<string> {
  return Parts === undefined ? Body : new TextDecoder().decode(await inbox.whole(Parts));
}

function unanswered({ failure, message }: BusError, [service, node, id]: readonly string[]): Error {
  const proxy = `the proxy ${id} (service ${service}) on node ${node}`;
  if (failure.code === "NO_SERVICE") {
    return answered(404, `no process answers for ${proxy}: it does not run, or has lost its connection to NATS`);
  }
  return answered(504, `${proxy} does not answer: ${message}`);
}
