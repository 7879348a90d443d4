import type { ChainEntries, ChainTarget } from "@causeway/routes";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { centralConfigOf } from "../local/central-config.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { type UpstreamMode, upstreamModes } from "../local/upstream-modes.ts";
import type { Json } from "../render/catalog-json.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "configEntries" | "datacenter"> & { readonly local: LocalAgent };

/** How the upstreams of a sidecar are reached, and who says so. Not Consul's. */
export function agentUpstreamEndpoints(agent: Agent): readonly Endpoint[] {
  return [{ path: "/v1/agent/connect/upstreams/", methods: { GET: (request) => upstreams(agent, request) } }];
}

function upstreams({ local, configEntries, datacenter }: Agent, request: ApiRequest): Answer {
  const id = requiredName(request, "Missing proxy ID: ask for /v1/agent/connect/upstreams/<proxy ID>");
  // As it was registered: in what the catalog is given, defaults have been merged and cannot be told apart.
  const service = local.state.services.get(id);
  if (service === undefined) throw answered(404, `unknown service ID: ${id}`);
  if (service.Kind !== "connect-proxy") throw answered(400, `${id} is no sidecar proxy: give the ID of its proxy`);
  const { view } = configEntries;
  // The view has entries under the kind that they are of.
  const entries: ChainEntries = { get: (kind, name) => view.entry(kind, name) as never };
  return json(upstreamModes(service, { central: centralConfigOf(view), entries, datacenter }).map(upstreamModeJson));
}

function upstreamModeJson({ upstream, target, failover, mode, setBy, through, meaning }: UpstreamMode): Json {
  return {
    DestinationType: upstream.DestinationType ?? "service",
    DestinationName: upstream.DestinationName,
    Datacenter: upstream.Datacenter ?? "",
    LocalBindAddress: upstream.LocalBindAddress || "127.0.0.1",
    LocalBindPort: upstream.LocalBindPort ?? 0,
    Target: target === undefined ? null : targetJson(target, failover),
    Mode: mode,
    SetBy: setBy,
    Through: through,
    Meaning: meaning,
  };
}

function targetJson({ service, subset, datacenter }: ChainTarget, failover: boolean): Json {
  return { Service: service, ServiceSubset: subset, Datacenter: datacenter, Failover: failover };
}
