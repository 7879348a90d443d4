import { serviceNodeFields } from "@causeway/bexpr";
import type { InstanceRecord } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Reading } from "../http/blocking.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { nodeMetaFilter, tagFilter } from "../http/query-values.ts";
import { gatewayServiceJson, serviceNodeJson } from "../render/catalog-json.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import { connectInstances } from "./connect-instances.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock" | "datacenters">;

/** Services and their instances, whatever their health. */
export function catalogServiceEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/catalog/datacenters", methods: { GET: () => json(agent.datacenters.names()) } },
    { path: "/v1/catalog/services", methods: { GET: (request) => services(agent, request) } },
    {
      path: "/v1/catalog/service/",
      methods: {
        GET: (request) =>
          instances(agent, request, (view, name) => ({
            topics: [catalogTopics.service(name)],
            value: view.instancesOf(name),
          })),
      },
    },
    { path: "/v1/catalog/connect/", methods: { GET: (request) => instances(agent, request, connectInstances) } },
    { path: "/v1/catalog/gateway-services/", methods: { GET: (request) => gatewayServices(agent, request) } },
  ];
}

/** Every service with the tags that any of its instances has. */
function services(agent: Agent, request: ApiRequest): Promise<Answer> {
  const hasMeta = nodeMetaFilter(request.query);
  return answerQuery(agent, request, agent.catalog, {
    read: (view) => {
      const tags: Record<string, readonly string[]> = {};
      for (const all of view.services()) {
        const chosen = all.filter(({ Node }) => hasMeta(Node.Meta));
        const [first] = chosen;
        if (first === undefined) continue;
        tags[first.Service.Service] = [...new Set(chosen.flatMap(({ Service }) => Service.Tags))];
      }
      return { topics: [catalogTopics.services], value: tags };
    },
  });
}

function instances(
  agent: Agent,
  request: ApiRequest,
  find: (view: CatalogView, name: string) => Reading<readonly InstanceRecord[]>,
): Promise<Answer> {
  const name = requiredName(request, "Missing service name");
  const hasMeta = nodeMetaFilter(request.query);
  const hasTags = tagFilter(request.query);
  return answerQuery(agent, request, agent.catalog, {
    fields: serviceNodeFields,
    read: (view, keep) => {
      const { topics, value } = find(view, name);
      const chosen = value.filter(({ Node, Service }) => hasMeta(Node.Meta) && hasTags(Service.Tags));
      return { topics, value: chosen.map(serviceNodeJson).filter(keep) };
    },
  });
}

function gatewayServices(agent: Agent, request: ApiRequest): Promise<Answer> {
  const name = requiredName(request, "Missing gateway name");
  return answerQuery(agent, request, agent.catalog, {
    read: (view) => {
      const links = view.servicesOf(name).map(gatewayServiceJson);
      return { topics: [catalogTopics.gateway(name)], value: links.length > 0 ? links : null };
    },
  });
}
