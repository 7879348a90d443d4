import { nodeInfoFields } from "@causeway/bexpr";
import type { InstanceRecord } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { checkJson, type Json, nodeJson, serviceJson } from "../render/catalog-json.ts";
import { intentionJson } from "../render/intention-json.ts";
import { serviceSummaryJson } from "../render/service-summary.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock" | "intentions">;

/** Summaries that Consul's own web page reads, and users' scripts do too. */
export function internalUiEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/internal/ui/nodes", methods: { GET: (request) => nodes(agent, request) } },
    { path: "/v1/internal/ui/services", methods: { GET: (request) => services(agent, request) } },
    {
      path: "/v1/internal/ui/gateway-services-nodes/",
      methods: { GET: (request) => gatewayServices(agent, request) },
    },
    {
      path: "/v1/internal/ui/gateway-intentions/",
      methods: { GET: (request) => gatewayIntentions(agent, request) },
    },
  ];
}

const HEADERS = { effectiveConsistency: false };

/** Every node with all that is on it. */
function nodes(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.catalog, {
    fields: nodeInfoFields,
    headers: HEADERS,
    read: (view, keep) => {
      const infos = view.nodes().map(({ Node, Checks }): Json => {
        const { Datacenter, CreateIndex, ModifyIndex, ...node } = nodeJson(Node);
        const instances = view.instancesOn(Node.Node);
        const checks = [...Checks, ...instances.flatMap((instance) => instance.Checks)];
        const Services = instances.map(({ Service }) => serviceJson(Service));
        return { ...node, Services, Checks: checks.map(checkJson) };
      });
      const { nodes: list, services: listed, checks } = catalogTopics;
      return { topics: [list, listed, checks], value: infos.filter(keep) };
    },
  });
}

function services(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    read: (view) => ({
      topics: [catalogTopics.services, catalogTopics.checks],
      value: view.services().map((instances) => serviceSummaryJson(nameOf(instances), instances, view)),
    }),
  });
}

/** The services that a gateway represents, registered or not. */
function gatewayServices(agent: Agent, request: ApiRequest): Promise<Answer> {
  const gateway = requiredName(request, "Missing gateway name");
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    read: (view) => {
      const names = [...new Set(view.servicesOf(gateway).map(({ Service }) => Service))];
      return {
        topics: [catalogTopics.gateway(gateway), ...names.map(catalogTopics.health)],
        value: names.map((name) => serviceSummaryJson(name, view.instancesOf(name), view)),
      };
    },
  });
}

/** The intentions that bear on connections to any service that a gateway represents. */
function gatewayIntentions(agent: Agent, request: ApiRequest): Promise<Answer> {
  const gateway = requiredName(request, "Missing gateway name");
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    unshared: true,
    read: (view) => {
      const linked = new Set(view.servicesOf(gateway).map(({ Service }) => Service));
      const pairs = agent.intentions.view.pairs();
      const bearing = pairs.filter(({ destination }) => destination === "*" || linked.has(destination));
      return { topics: [catalogTopics.gateway(gateway)], value: linked.size > 0 ? bearing.map(intentionJson) : [] };
    },
  });
}

function nameOf([first]: readonly InstanceRecord[]): string {
  return first?.Service.Service ?? "";
}
