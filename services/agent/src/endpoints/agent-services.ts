import { createHash } from "node:crypto";
import { agentServiceFields, compileFilter, FilterError } from "@causeway/bexpr";
import { secretOf } from "../acl/secret-of.ts";
import type { AgentContext } from "../context.ts";
import { blockingQuery } from "../http/blocking.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { decodeBody } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { queryOptions } from "../http/query-options.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import type { LocalService } from "../local/local-service.ts";
import { registrationOf } from "../local/registration.ts";
import { ServiceShape } from "../local/registration-shapes.ts";
import { Topics } from "../views/topics.ts";

/** What these endpoints need of the agent. */
type Agent = Pick<AgentContext, "clock"> & { readonly local: LocalAgent };

/** Services that are registered with this agent. */
export function agentServiceEndpoints(agent: Agent): readonly Endpoint[] {
  const topics = new Topics();
  let change = 1;
  agent.local.services.onChange((ids) => {
    change++;
    for (const id of ids) topics.changed(id, change);
  });
  return [
    { path: "/v1/agent/services", methods: { GET: (request) => list(agent, request) } },
    { path: "/v1/agent/service/", methods: { GET: (request) => one(agent, topics, request) } },
    { path: "/v1/agent/service/register", methods: { PUT: (request) => register(agent, request) } },
    { path: "/v1/agent/service/deregister/", methods: { PUT: (request) => deregister(agent, request) } },
  ];
}

function list({ local }: Agent, { query }: ApiRequest): Answer {
  const keep = serviceFilter(query.get("filter") ?? "");
  const services = [...local.services.all().values()].map(agentServiceJson).filter(keep);
  return json(Object.fromEntries(services.map((service) => [service["ID"], service])));
}

function serviceFilter(filter: string): (service: object) => boolean {
  if (filter === "") return () => true;
  try {
    return compileFilter(filter, agentServiceFields);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw answered(500, error.message);
  }
}

/** Waits, where a hash is given, until the service is no longer what that hash was made of. */
async function one({ clock, local }: Agent, topics: Topics, request: ApiRequest): Promise<Answer> {
  const id = request.rest;
  const { waitMs } = queryOptions(request);
  const hash = request.query.get("hash") ?? "";
  const read = () => {
    const service = local.services.one(id);
    return service === undefined ? undefined : agentServiceJson(service);
  };
  let found = read();
  if (hash !== "" && found !== undefined && hashOf(found) === hash) {
    const minIndex = topics.index([id]);
    const reading = () => ({ topics: [id], value: read() });
    ({ value: found } = await blockingQuery(topics, reading, { minIndex, waitMs, clock, client: request.client }));
  }
  if (found === undefined) throw answered(404, `unknown service ID: ${id}`);
  const contentHash = hashOf(found);
  return json({ ...found, ContentHash: contentHash }, { "X-Consul-ContentHash": contentHash });
}

/** A short digest by which a client tells whether a service has changed. */
function hashOf(service: object): string {
  return createHash("sha256").update(JSON.stringify(service)).digest("hex").slice(0, 16);
}

async function register({ local }: Agent, request: ApiRequest): Promise<Answer> {
  const body = decoded(() => decodeBody(request.body, ServiceShape));
  const { state, node, scripts } = local;
  const { services, checks, tokens, sidecars } = registrationOf(body, state, node.Node, scripts, secretOf(request));
  state.register(services, checks, isTrue(request.query, "replace-existing-checks"), tokens, sidecars);
  await local.settled();
  return empty();
}

async function deregister({ local }: Agent, { rest: id }: ApiRequest): Promise<Answer> {
  if (id === "") throw answered(500, "ServiceID missing");
  local.state.deregister([id]);
  await local.settled();
  return empty();
}

/** Runs `decode`, whose refusal becomes the answer that Consul's agent endpoints give. */
export function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Request decode failed: ${error.message}`);
  }
}

function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !["false", "0"].includes(value);
}

/** A local service as the agent shows it: only gateways and proxies have a proxy part. */
export function agentServiceJson(service: LocalService): Record<string, unknown> {
  const { Kind, Proxy: proxy, Connect, Meta, TaggedAddresses, ...rest } = service;
  return {
    ...(Kind === "" ? {} : { Kind }),
    ...rest,
    Meta: Meta ?? {},
    ...(TaggedAddresses === undefined ? {} : { TaggedAddresses }),
    ...(Kind === "" ? {} : { Proxy: proxyJson(proxy) }),
    ...(Connect.Native === true ? { Connect } : {}),
  };
}

function proxyJson({ Expose, ...rest }: LocalService["Proxy"]): Record<string, unknown> {
  const paths = Expose?.Paths?.map((path) => ({ ParsedFromCheck: false, ...path }));
  return {
    ...rest,
    Expose: { ...(Expose?.Checks === true ? { Checks: true } : {}), ...(paths === undefined ? {} : { Paths: paths }) },
  };
}
