import { nodeFields, nodeServiceFields } from "@causeway/bexpr";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { nodeMetaFilter } from "../http/query-values.ts";
import { type Json, nodeJson, serviceJson } from "../render/catalog-json.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock">;

/** Nodes, and what runs on them. */
export function catalogNodeEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/catalog/nodes", methods: { GET: (request) => nodes(agent, request) } },
    {
      path: "/v1/catalog/node/",
      methods: {
        // By ID; for a node that is not known the answer itself is null.
        GET: (request) =>
          oneNode(agent, request, (node, services) => {
            return node && { Node: node, Services: Object.fromEntries(services.map((one) => [one["ID"], one])) };
          }),
      },
    },
    {
      path: "/v1/catalog/node-services/",
      methods: {
        // As a list, and null where there is nothing.
        GET: (request) =>
          oneNode(agent, request, (node, services) => ({
            Node: node,
            Services: services.length > 0 ? services : null,
          })),
      },
    },
  ];
}

function nodes(agent: Agent, request: ApiRequest): Promise<Answer> {
  const hasMeta = nodeMetaFilter(request.query);
  return answerQuery(agent, request, agent.catalog, {
    fields: nodeFields,
    read: (view, keep) => {
      const chosen = view.nodes().filter(({ Node }) => hasMeta(Node.Meta) && keep(Node));
      return { topics: [catalogTopics.nodes], value: chosen.map(({ Node }) => nodeJson(Node)) };
    },
  });
}

function oneNode(
  agent: Agent,
  request: ApiRequest,
  render: (node: Json | null, services: readonly Json[]) => Json | null,
): Promise<Answer> {
  const name = requiredName(request, "Missing node name");
  return answerQuery(agent, request, agent.catalog, {
    fields: nodeServiceFields,
    read: (view, keep) => {
      const topics = [catalogTopics.node(name)];
      const node = view.node(name);
      if (node === undefined) return { topics, value: render(null, []) };
      const services = view.instancesOn(name).filter(({ Service }) => keep(Service));
      return {
        topics,
        value: render(
          nodeJson(node.Node),
          services.map(({ Service }) => serviceJson(Service)),
        ),
      };
    },
  });
}
