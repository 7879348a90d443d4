import { ask } from "@causeway/bus";
import { durationNs, SERF_CHECK, type SessionRecord, type SessionRequest } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, json, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { any, decodeBody, listOf, type Shaped, string, struct } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { sessionJson } from "../render/kv-json.ts";
import { kvTopics } from "../views/kv-topics.ts";
import type { KvView } from "../views/kv-view.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "clock" | "config" | "kv" | "log">;

/** Sessions, which lock keys. @see https://developer.hashicorp.com/consul/api-docs/session */
export function sessionEndpoints(agent: Agent): readonly Endpoint[] {
  const get = (read: (view: KvView, rest: string) => Listed, missing?: string) => (request: ApiRequest) => {
    if (missing !== undefined && request.rest === "") return text(400, missing);
    return list(agent, request, read);
  };
  const one = (view: KvView, id: string): Listed => [kvTopics.session(id), [view.session(id) ?? []].flat()];
  const onNode = (view: KvView, node: string): Listed => [kvTopics.sessionsOn(node), view.sessionsOn(node)];
  const all = (view: KvView): Listed => [kvTopics.sessions, view.sessions()];
  return [
    { path: "/v1/session/create", methods: { PUT: (request) => create(agent, request) } },
    { path: "/v1/session/destroy/", methods: { PUT: (request) => destroy(agent, request) } },
    { path: "/v1/session/renew/", methods: { PUT: (request) => renew(agent, request) } },
    { path: "/v1/session/info/", methods: { GET: get(one, "Missing session") } },
    { path: "/v1/session/node/", methods: { GET: get(onNode, "Missing node name") } },
    { path: "/v1/session/list", methods: { GET: get(all) } },
  ];
}

type Listed = readonly [topic: string, sessions: readonly SessionRecord[]];

function list(agent: Agent, request: ApiRequest, read: (view: KvView, rest: string) => Listed): Promise<Answer> {
  return answerQuery(agent, request, agent.kv, {
    headers: { effectiveConsistency: false },
    read: (view) => {
      const [topic, sessions] = read(view, request.rest);
      return { topics: [topic], value: sessions.map(sessionJson) };
    },
  });
}

const SessionShape = struct("structs.Session", {
  ID: string,
  Name: string,
  Node: string,
  LockDelay: any,
  Behavior: string,
  TTL: string,
  Checks: listOf(string),
  NodeChecks: listOf(string),
  ServiceChecks: listOf(any),
  Namespace: string,
});

async function create(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { body } = request;
  const asked = sessionRequest(body === "" ? {} : decode(body), agent.config.nodeName);
  const { ID, Index } = await ask(agent.bus, "kv.create-session", { ...asked, ...askedBy(agent, request) });
  return json({ ID }, await whenShown(agent, agent.kv, Index));
}

function decode(body: string): Shaped<typeof SessionShape> {
  try {
    return decodeBody(body, SessionShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Request decode failed: ${error.message}`);
  }
}

const DEFAULT_LOCK_DELAY_NS = 15 * 1e9;

function sessionRequest(body: Shaped<typeof SessionShape>, ownNode: string): SessionRequest {
  const { Name = "", Node = ownNode, LockDelay, Behavior = "", TTL = "", ServiceChecks = [] } = body;
  if (ServiceChecks.length > 0) {
    throw answered(400, "ServiceChecks are not followed by sessions here: name checks of the node in NodeChecks");
  }
  return {
    Name,
    Node,
    LockDelay: LockDelay === undefined ? DEFAULT_LOCK_DELAY_NS : lockDelayNs(LockDelay),
    Behavior: Behavior === "" ? "release" : Behavior,
    TTL,
    NodeChecks: body.NodeChecks ?? body.Checks ?? [SERF_CHECK],
  };
}

/** Numbers below this are seconds, others nanoseconds, as in Consul. */
const LEAST_NANOSECONDS = 1_000;

function lockDelayNs(given: unknown): number {
  const ns = typeof given === "string" ? durationNs(given) : given;
  if (typeof ns !== "number") throw answered(400, `Request decode failed: time: invalid duration ${String(given)}`);
  return Math.max(0, Math.trunc(typeof given === "number" && ns < LEAST_NANOSECONDS ? ns * 1e9 : ns));
}

async function destroy(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: ID } = request;
  if (ID === "") return text(400, "Missing session");
  const { Index } = await ask(agent.bus, "kv.destroy-session", { ID, ...askedBy(agent, request) });
  return json(true, await whenShown(agent, agent.kv, Index));
}

async function renew(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: ID } = request;
  if (ID === "") return text(400, "Missing session");
  const { Found } = await ask(agent.bus, "kv.renew-session", { ID, ...askedBy(agent, request) });
  const session = agent.kv.view.session(ID);
  return Found && session !== undefined ? json([sessionJson(session)]) : text(404, `Session id '${ID}' not found`);
}
