import { compileChain } from "@causeway/routes";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { badRequest } from "../http/errors.ts";
import { catalogOverviewJson } from "../render/catalog-overview.ts";
import { serviceTopologyJson } from "../render/service-topology.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { ConfigView } from "../views/config-view.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock" | "configEntries" | "datacenter" | "intentions">;

/** The whole catalog in figures, and who calls whom; as later versions of Consul have them. */
export function internalUiOverviewEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/internal/ui/catalog-overview", methods: { GET: (request) => overview(agent, request) } },
    { path: "/v1/internal/ui/service-topology/", methods: { GET: (request) => topology(agent, request) } },
  ];
}

const HEADERS = { effectiveConsistency: false };
const { nodes, services, checks } = catalogTopics;

function overview(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    read: (view) => ({ topics: [nodes, services, checks], value: catalogOverviewJson(view) }),
  });
}

/** What has neighbours: a service, which is the kind that is meant where none is told, and an ingress gateway. */
const KINDS = ["", "ingress-gateway"];

function topology(agent: Agent, request: ApiRequest): Promise<Answer> {
  const name = requiredName(request, "Missing service name");
  const kind = request.query.get("kind") ?? "";
  if (!KINDS.includes(kind)) throw badRequest(`Unsupported service kind ${JSON.stringify(kind)}`);
  const intentions = agent.intentions.view;
  const protocol = protocolOf(agent.configEntries.view, name, agent.datacenter);
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    unshared: true,
    read: (catalog) => ({
      topics: [services, checks],
      value: serviceTopologyJson({ catalog, intentions }, name, protocol),
    }),
  });
}

/** A chain that cannot be compiled carries connections as they are. */
function protocolOf(view: ConfigView, service: string, datacenter: string): string {
  // The view has entries under the kind that they are of.
  const entries = { get: (kind: string, name: string) => view.entry(kind, name) as never };
  const compiled = compileChain(service, entries, { datacenter, trustDomain: "" });
  return compiled.kind === "sound" ? compiled.chain.protocol : "tcp";
}
