import { checkServiceNodeFields, nodeInfoFields } from "@causeway/bexpr";
import type { GatewayServiceRecord, InstanceRecord, NodeRecord } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { checkJson, checkServiceNodeJson, type Json, nodeJson, serviceJson } from "../render/catalog-json.ts";
import { intentionJson } from "../render/intention-json.ts";
import { serviceSummaryJson } from "../render/service-summary.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock" | "datacenter" | "intentions">;

/** Summaries that Consul's own web page reads, and users' scripts do too. */
export function internalUiEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/internal/ui/nodes", methods: { GET: (request) => nodes(agent, request) } },
    { path: "/v1/internal/ui/node/", methods: { GET: (request) => oneNode(agent, request) } },
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
      const infos = view.nodes().map((node) => nodeInfo(view, node));
      const { nodes: list, services: listed, checks } = catalogTopics;
      return { topics: [list, listed, checks], value: infos.filter(keep) };
    },
  });
}

/** One node with all that is on it; of one that is not there nothing but the status. */
async function oneNode(agent: Agent, request: ApiRequest): Promise<Answer> {
  const name = requiredName(request, "Missing node name");
  const answer = await answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    read: (view) => {
      const node = view.node(name);
      const topics = [catalogTopics.node(name), catalogTopics.nodeChecks(name)];
      return { topics, value: node && nodeInfo(view, node) };
    },
  });
  const absent = answer.body.kind === "json" && answer.body.value === undefined;
  return absent ? empty(404, answer.headers) : answer;
}

function nodeInfo(view: CatalogView, { Node, Checks }: NodeRecord): Json {
  const { Datacenter, CreateIndex, ModifyIndex, ...node } = nodeJson(Node);
  const instances = view.instancesOn(Node.Node);
  const checks = [...Checks, ...instances.flatMap((instance) => instance.Checks)];
  return { ...node, Services: instances.map(({ Service }) => serviceJson(Service)), Checks: checks.map(checkJson) };
}

/** Every service; a filter chooses among the instances that a summary is of. */
function services(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.catalog, {
    fields: checkServiceNodeFields,
    headers: HEADERS,
    read: (view, keep) => {
      const chosen = request.query.has("filter")
        ? view.services().map((all) => all.filter((instance) => keep(checkServiceNodeJson(instance))))
        : view.services();
      const present = chosen.filter(({ length }) => length > 0);
      return {
        topics: [catalogTopics.services, catalogTopics.checks],
        value: present.map((instances) => serviceSummaryJson(nameOf(instances), instances, view)),
      };
    },
  });
}

/** The services that a gateway represents, registered or not. */
function gatewayServices(agent: Agent, request: ApiRequest): Promise<Answer> {
  const gateway = requiredName(request, "Missing gateway name");
  return answerQuery(agent, request, agent.catalog, {
    headers: HEADERS,
    read: (view) => {
      const links = Map.groupBy(view.servicesOf(gateway), ({ Service }) => Service);
      const summaries = [...links].map(([name, linked]) => {
        const addresses = linked.flatMap((link) => addressesOf(link, agent.datacenter));
        return serviceSummaryJson(name, view.instancesOf(name), view, addresses);
      });
      return {
        topics: [catalogTopics.gateway(gateway), ...[...links.keys()].map(catalogTopics.health)],
        value: summaries,
      };
    },
  });
}

/** Where a listener of an ingress gateway has a service: its hosts, or else the name that Consul's DNS would have for it. */
function addressesOf({ Service, Port, Hosts = [] }: GatewayServiceRecord, datacenter: string): readonly string[] {
  if (Port === undefined) return [];
  const hosts = Hosts.length > 0 ? Hosts : [`${Service}.ingress.${datacenter}.consul`];
  return hosts.map((host) => `${host}:${Port}`);
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
