import { CHECK_STATUSES } from "@causeway/model";
import { type Answer, type ApiRequest, type Endpoint, json, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import type { LocalCheck, LocalService } from "../local/local-service.ts";
import { isMaintenance } from "../local/maintenance.ts";
import { agentServiceJson } from "./agent-services.ts";

type Agent = { readonly local: LocalAgent };

/** The status with which a load balancer's probe is told the health of a service. */
const HTTP_STATUS = {
  passing: 200,
  warning: 429,
  critical: 503,
  maintenance: 503,
} as const satisfies Record<AggregatedStatus, number>;

/** The health of a service by all its checks, from best to worst: whatever they say, maintenance comes before it. */
const AGGREGATED = [...CHECK_STATUSES, "maintenance"] as const;
type AggregatedStatus = (typeof AGGREGATED)[number];

/** The health of this agent's services, for probes that look at the status alone. */
export function agentHealthEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/health/service/id/", methods: { GET: (request) => byId(agent, request) } },
    { path: "/v1/agent/health/service/name/", methods: { GET: (request) => byName(agent, request) } },
  ];
}

function byId({ local }: Agent, request: ApiRequest): Answer {
  const { rest: id } = request;
  if (id === "") throw answered(400, "Bad request: Missing serviceID");
  const service = local.state.services.get(id);
  if (service === undefined) {
    const reason = `ServiceId ${id} not found`;
    const unknown = { AggregatedStatus: "critical", Service: null, Checks: null };
    // Here alone Consul writes the text as JSON.
    return json(wantsText(request) ? reason : unknown, { "X-Consul-Reason": reason }, 404);
  }
  const health = healthOf(local, service);
  const { AggregatedStatus: status } = health;
  return answer(HTTP_STATUS[status], status, request, health);
}

function byName({ local }: Agent, request: ApiRequest): Answer {
  const { rest: name } = request;
  if (name === "") throw answered(400, "Bad request: Missing service Name");
  const found = [...local.state.services.values()].filter(({ Service }) => Service === name);
  if (found.length === 0) {
    const reason = `ServiceName ${name} Not Found`;
    return answer(404, reason, request, []);
  }
  const all = found.map((service) => healthOf(local, service));
  const status = worst(all.map(({ AggregatedStatus }) => AggregatedStatus));
  return answer(HTTP_STATUS[status], status, request, all);
}

/** The reason alone for who wants text, the whole for everyone else; the header tells it to both. */
function answer(status: number, reason: string, request: ApiRequest, value: unknown): Answer {
  const told = { "X-Consul-Reason": reason };
  return wantsText(request) ? text(status, reason, told) : json(value, told, status);
}

function wantsText({ query, headers }: ApiRequest): boolean {
  return query.get("format") === "text" || headers.accept === "text/plain";
}

function healthOf({ state, node }: LocalAgent, service: LocalService) {
  const checks = [...state.checks.values()].filter(
    ({ check }) => check.ServiceID === service.ID || check.ServiceID === "",
  );
  const status = worst(checks.map(({ check }) => (isMaintenance(check.CheckID) ? "maintenance" : check.Status)));
  return {
    AggregatedStatus: status,
    Service: agentServiceJson(service),
    Checks: checks.map((check) => healthCheckJson(check, node.Node)),
  };
}

/** Consul shows checks here in its client's own shape, where every part of a definition has its zero value. */
function healthCheckJson({ check }: LocalCheck, node: string): Record<string, unknown> {
  return {
    ...check,
    Node: node,
    ServiceTags: check.ServiceTags.length === 0 ? null : check.ServiceTags,
    Type: "",
    Definition: {
      Interval: "0s",
      Timeout: "0s",
      DeregisterCriticalServiceAfter: "0s",
      HTTP: "",
      Header: null,
      Method: "",
      Body: "",
      TLSSkipVerify: false,
      TCP: "",
    },
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function worst(statuses: readonly AggregatedStatus[]): AggregatedStatus {
  const rank = Math.max(0, ...statuses.map((status) => AGGREGATED.indexOf(status)));
  return AGGREGATED[rank] ?? "critical";
}
