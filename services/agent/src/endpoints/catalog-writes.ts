import { ask } from "@causeway/bus";
import { type RegisterRequest, SERF_CHECK } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { decodeBody, type Shape } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { DeregisterShape, type HealthCheckBody, type RegisterBody, RegisterShape } from "../shapes/catalog-shapes.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "catalog" | "log">;

/** Registrations straight into the catalog, for what no agent looks after. */
export function catalogWriteEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/catalog/register", methods: { PUT: (request) => register(agent, request) } },
    { path: "/v1/catalog/deregister", methods: { PUT: (request) => deregister(agent, request) } },
  ];
}

async function register(agent: Agent, request: ApiRequest): Promise<Answer> {
  const body = decode(request.body, RegisterShape);
  const warning = warningFor(agent, body);
  const { Index } = await ask(agent.bus, "catalog.register", { ...registerRequest(body), ...askedBy(agent, request) });
  const headers = await whenShown(agent, agent.catalog, Index);
  return json(true, warning === undefined ? headers : { ...headers, "X-Causeway-Warning": warning });
}

async function deregister(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { Node = "", ServiceID = "", CheckID = "" } = decode(request.body, DeregisterShape);
  const { Index } = await ask(agent.bus, "catalog.deregister", {
    Node,
    ServiceID,
    CheckID,
    ...askedBy(agent, request),
  });
  return json(true, await whenShown(agent, agent.catalog, Index));
}

function decode<T>(body: string, shape: Shape<T>): T {
  try {
    return decodeBody(body, shape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Request decode failed: ${error.message}`);
  }
}

function registerRequest({ Check, Checks = [], Datacenter, Token, ...body }: RegisterBody): RegisterRequest {
  const { CreateIndex, ModifyIndex, ...node } = body;
  return { ...node, ...(Check === undefined ? {} : { Check: checkRequest(Check) }), Checks: Checks.map(checkRequest) };
}

/** A check as the owner of the catalog is told of it. */
export function checkRequest({ Definition = {}, ...check }: HealthCheckBody): NonNullable<RegisterRequest["Check"]> {
  const { IntervalDuration, TimeoutDuration, DeregisterCriticalServiceAfterDuration, ...definition } = Definition;
  // Newer clients send some durations under a second name.
  const { Interval = IntervalDuration, Timeout = TimeoutDuration } = definition;
  const { DeregisterCriticalServiceAfter = DeregisterCriticalServiceAfterDuration } = definition;
  return { ...check, Definition: { ...definition, Interval, Timeout, DeregisterCriticalServiceAfter } };
}

/**
 * What Consul takes in silence, and users then look for: an agent deletes from its own node whatever it has not registered itself, at
 * the latest with its next full synchronisation. Undefined when the node is nobody's.
 */
function warningFor(
  { catalog, log }: Agent,
  { Node = "", Service, Check, Checks = [] }: RegisterBody,
): string | undefined {
  if (Service === undefined && Check === undefined && Checks.length === 0) return undefined;
  const hasAgent = catalog.view.node(Node)?.Checks.some(({ CheckID }) => CheckID === SERF_CHECK);
  if (hasAgent !== true) return undefined;
  log.warn(
    { node: Node, service: Service?.Service },
    "registered on the node of a live agent, which will delete it: use a node name that no agent has",
  );
  return `node ${JSON.stringify(Node)} has a live agent, whose anti-entropy will delete this registration; use another node name`;
}
