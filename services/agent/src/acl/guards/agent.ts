import { quoted } from "@causeway/model";
import { answered } from "../../http/errors.ts";
import { ServiceShape } from "../../local/registration-shapes.ts";
import { denied } from "../acl.ts";
import { rawBody, readBody, textsNamed } from "../asked-body.ts";
import { type Asker, type Guards, needs, ownNode, requirePermission, rest } from "../guard.ts";
import { onlyWhat, type Sees, textAt } from "../visible.ts";

const heartbeat = { admit: writeCheck };
const readsAgent = needs("agent:read", ownNode);
const writesAgent = needs("agent:write", ownNode);
const seesService: Sees = (service, may) => may.may("service:read", textAt(service, "Service"));
const seesMember: Sees = (member, may) => may.may("node:read", textAt(member, "Name"));

/** What of this agent may be seen, and who may change it. */
export const agentGuards: Guards = {
  // They guard themselves.
  "/v1/agent/token/": "open",
  "/v1/agent/self": readsAgent,
  "/v1/agent/bus": readsAgent,
  "/v1/agent/metrics": readsAgent,
  "/v1/agent/monitor": readsAgent,
  "/v1/agent/host": needs("operator:read"),
  "/v1/agent/members": { filter: onlyWhat(seesMember) },
  "/v1/agent/reload": writesAgent,
  "/v1/agent/leave": writesAgent,
  "/v1/agent/join/": writesAgent,
  "/v1/agent/force-leave/": needs("operator:write"),
  "/v1/agent/maintenance": needs("node:write", ownNode),
  "/v1/agent/services": { filter: onlyWhat(seesService) },
  "/v1/agent/checks": {
    filter: (value, asker) => onlyWhat((check) => seesCheck(check, asker))(value, asker),
  },
  "/v1/agent/service/": { admit: (asker) => ofLocalService(asker, "service:read") },
  "/v1/agent/service/register": { admit: registerService },
  "/v1/agent/service/deregister/": { admit: deregisterService },
  "/v1/agent/service/maintenance/": { admit: (asker) => ofLocalService(asker, "service:write") },
  "/v1/agent/check/register": { admit: registerCheck },
  "/v1/agent/check/deregister/": heartbeat,
  "/v1/agent/check/pass/": heartbeat,
  "/v1/agent/check/warn/": heartbeat,
  "/v1/agent/check/fail/": heartbeat,
  "/v1/agent/check/update/": heartbeat,
  "/v1/agent/health/service/id/": { admit: (asker) => ofLocalService(asker, "service:read") },
  "/v1/agent/health/service/name/": needs("service:read", rest),
  "/v1/agent/connect/ca/roots": "open",
  "/v1/agent/connect/ca/leaf/": needs("service:write", rest),
  "/v1/agent/connect/upstreams/": { admit: (asker) => ofLocalService(asker, "service:read") },
  "/v1/agent/connect/authorize": { admit: authorize },
};

/** What is not there is the endpoint's affair. */
function ofLocalService(asker: Asker, permission: "service:read" | "service:write"): void {
  const service = asker.agent.local.state.services.get(asker.request.rest);
  if (service !== undefined) requirePermission(asker, permission, service.Service, permission === "service:write");
}

function registerService(asker: Asker): void {
  const body = readBody(asker.request.body, ServiceShape);
  const { Name: name = "", ID = "", Kind, Proxy: proxy } = body ?? {};
  if (name === "") return;
  requirePermission(asker, "service:write", name, true);
  const { services } = asker.agent.local.state;
  for (const id of [ID || name, `${ID || name}-sidecar-proxy`]) {
    const before = services.get(id);
    if (before !== undefined) requirePermission(asker, "service:write", before.Service, true);
  }
  // A proxy stands for its destination, a sidecar that comes with its service for that.
  if (Kind === "connect-proxy") requirePermission(asker, "service:write", proxy?.DestinationServiceName ?? "", true);
  const beside = body?.Connect?.SidecarService;
  if (beside === undefined) return;
  requirePermission(asker, "service:write", beside.Name || `${name}-sidecar-proxy`, true);
}

function deregisterService(asker: Asker): void {
  const id = asker.request.rest;
  // Consul looks for it only where it has to know whose it is.
  if (id !== "" && !asker.agent.local.state.services.has(id)) throw answered(500, `Unknown service ${quoted(id)}`);
  ofLocalService(asker, "service:write");
}

function registerCheck(asker: Asker): void {
  const body = rawBody(asker.request.body);
  const ids = textsNamed(body, "serviceid").concat(textsNamed(body, "service_id"));
  const given = ids.filter((id) => id !== "");
  if (given.length === 0) requirePermission(asker, "node:write", ownNode(asker), true);
  for (const id of given) {
    const service = asker.agent.local.state.services.get(id);
    if (service !== undefined) requirePermission(asker, "service:write", service.Service, true);
  }
  for (const id of ["id", "checkid", "check_id", "name"].flatMap((field) => textsNamed(body, field))) {
    ofLocalCheck(asker, id);
  }
}

function writeCheck(asker: Asker): void {
  const id = asker.request.rest;
  if (id !== "" && !asker.agent.local.state.checks.has(id)) throw answered(500, `Unknown check ${quoted(id)}`);
  ofLocalCheck(asker, id);
}

function ofLocalCheck(asker: Asker, id: string): void {
  const known = asker.agent.local.state.checks.get(id);
  if (known === undefined) return;
  const { ServiceName } = known.check;
  if (ServiceName === "") requirePermission(asker, "node:write", ownNode(asker), true);
  else requirePermission(asker, "service:write", ServiceName, true);
}

function seesCheck(check: unknown, { authorizer, agent }: Asker): boolean {
  const service = textAt(check, "ServiceName");
  return service === "" ? authorizer.may("node:read", agent.config.nodeName) : authorizer.may("service:read", service);
}

function authorize(asker: Asker): void {
  for (const target of textsNamed(rawBody(asker.request.body), "target")) {
    if (!asker.authorizer.may("service:write", target)) throw denied();
  }
}
