import { agentCheckFields, compileFilter, FilterError } from "@causeway/bexpr";
import { CHECK_STATUSES, type CheckStatus } from "@causeway/model";
import { secretOf } from "../acl/secret-of.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { decodeBody, string, struct } from "../http/go-shape.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import type { LocalCheck } from "../local/local-service.ts";
import { checkRegistrationOf } from "../local/registration.ts";
import { CheckTypeShape } from "../local/registration-shapes.ts";
import { decoded } from "./agent-services.ts";

type Agent = { readonly local: LocalAgent };

const UpdateShape = struct("agent.checkUpdate", { Status: string, Output: string });

/** Checks that are registered with this agent, and the heartbeats of TTL checks. */
export function agentCheckEndpoints(agent: Agent): readonly Endpoint[] {
  const heartbeat = (path: string, status: CheckStatus): Endpoint => ({
    path,
    methods: { PUT: ({ rest, query }) => note(agent, rest, status, query.get("note") ?? "") },
  });
  return [
    { path: "/v1/agent/checks", methods: { GET: (request) => list(agent, request) } },
    { path: "/v1/agent/check/register", methods: { PUT: (request) => register(agent, request) } },
    { path: "/v1/agent/check/deregister/", methods: { PUT: (request) => deregister(agent, request) } },
    heartbeat("/v1/agent/check/pass/", "passing"),
    heartbeat("/v1/agent/check/warn/", "warning"),
    heartbeat("/v1/agent/check/fail/", "critical"),
    { path: "/v1/agent/check/update/", methods: { PUT: (request) => update(agent, request) } },
  ];
}

function list({ local }: Agent, { query }: ApiRequest): Answer {
  const keep = checkFilter(query.get("filter") ?? "");
  const checks = [...local.state.checks.values()].map(agentCheckJson).filter(keep);
  return json(Object.fromEntries(checks.map((check) => [check.CheckID, check])));
}

function checkFilter(filter: string): (check: object) => boolean {
  if (filter === "") return () => true;
  try {
    return compileFilter(filter, agentCheckFields);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    // Consul compiles this filter check by check, and so says it without its usual introduction.
    throw answered(500, error.reason);
  }
}

/** A local check as the agent shows it: it has no index, since it may not be in the catalog yet. */
function agentCheckJson({ check }: LocalCheck): LocalCheck["check"] & { CreateIndex: number; ModifyIndex: number } {
  return { ...check, CreateIndex: 0, ModifyIndex: 0 };
}

async function register({ local }: Agent, request: ApiRequest): Promise<Answer> {
  const body = decoded(() => decodeBody(request.body, CheckTypeShape));
  const check = checkRegistrationOf(body, local.state, local.node.Node, local.scripts);
  local.state.registerCheck(check, secretOf(request));
  await local.settled();
  return empty();
}

async function deregister({ local }: Agent, { rest: id }: ApiRequest): Promise<Answer> {
  if (id === "") throw answered(500, "CheckID missing");
  local.state.deregisterCheck(id);
  await local.settled();
  return empty();
}

function update(agent: Agent, { rest: id, body }: ApiRequest): Promise<Answer> {
  const { Status = "", Output = "" } = decoded(() => decodeBody(body, UpdateShape));
  if (!isStatus(Status)) throw answered(400, `Invalid check status: '${Status}'`);
  return note(agent, id, Status, Output);
}

function isStatus(text: string): text is CheckStatus {
  return CHECK_STATUSES.includes(text as CheckStatus);
}

async function note({ local }: Agent, id: string, status: CheckStatus, output: string): Promise<Answer> {
  if (!local.checks.heartbeat(id, { status, output }))
    throw answered(500, `CheckID "${id}" does not have associated TTL`);
  await local.settled();
  return empty();
}
