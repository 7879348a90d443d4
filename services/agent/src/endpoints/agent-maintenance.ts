import { quoted } from "@causeway/model";
import { secretOf } from "../acl/secret-of.ts";
import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { parseGoBool } from "../http/query-values.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { beginMaintenance, endMaintenance } from "../local/maintenance.ts";

type Agent = { readonly local: LocalAgent };

/** Takes this node, or one of its services, out of service and back into it. */
export function agentMaintenanceEndpoints({ local }: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/maintenance", methods: { PUT: (request) => ofNode(local, request) } },
    { path: "/v1/agent/service/maintenance/", methods: { PUT: (request) => ofService(local, request) } },
  ];
}

async function ofNode({ state, node, settled }: LocalAgent, request: ApiRequest): Promise<Answer> {
  const { query } = request;
  if (isEnabled(query)) beginMaintenance(state, node.Node, undefined, query.get("reason") ?? "", secretOf(request));
  else endMaintenance(state, undefined);
  await settled();
  return empty();
}

async function ofService({ state, node, settled }: LocalAgent, request: ApiRequest): Promise<Answer> {
  const { query, rest: id } = request;
  if (id === "") throw answered(400, "Missing service ID");
  const enable = isEnabled(query);
  const service = state.services.get(id);
  if (service === undefined) throw answered(404, `No service registered with ID ${quoted(id)}`);
  if (enable) beginMaintenance(state, node.Node, service, query.get("reason") ?? "", secretOf(request));
  else endMaintenance(state, service);
  await settled();
  return empty();
}

function isEnabled(query: URLSearchParams): boolean {
  const value = query.get("enable");
  if (value === null) throw answered(400, "Missing value for enable");
  const enable = parseGoBool(value);
  if (enable === undefined) throw answered(400, `Invalid value for enable: ${quoted(value)}`);
  return enable;
}
