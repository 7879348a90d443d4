import { checkServiceNodeFields, healthCheckFields } from "@causeway/bexpr";
import type { CatalogCheck, InstanceRecord, NodeRecord } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Reading } from "../http/blocking.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { nodeMetaFilter, onlyPassing, tagFilter } from "../http/query-values.ts";
import { checkJson, checkServiceNodeJson } from "../render/catalog-json.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import { connectInstances, ingressInstances } from "./connect-instances.ts";
import { requiredName } from "./required-name.ts";

type Agent = Pick<AgentContext, "catalog" | "clock">;

/** Checks, and service instances with their health. */
export function healthEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/health/node/", methods: { GET: (request) => nodeChecks(agent, request) } },
    { path: "/v1/health/checks/", methods: { GET: (request) => serviceChecks(agent, request) } },
    { path: "/v1/health/state/", methods: { GET: (request) => checksInState(agent, request) } },
    { path: "/v1/health/service/", methods: { GET: (request) => instances(agent, request, serviceInstances) } },
    { path: "/v1/health/connect/", methods: { GET: (request) => instances(agent, request, connectInstances) } },
    { path: "/v1/health/ingress/", methods: { GET: (request) => instances(agent, request, ingressInstances) } },
  ];
}

function serviceInstances(view: CatalogView, name: string): Reading<readonly InstanceRecord[]> {
  return { topics: [catalogTopics.health(name)], value: view.instancesOf(name) };
}

function instances(
  agent: Agent,
  request: ApiRequest,
  find: (view: CatalogView, name: string) => Reading<readonly InstanceRecord[]>,
): Promise<Answer> {
  const name = requiredName(request, "Missing service name");
  const hasMeta = nodeMetaFilter(request.query);
  const hasTags = tagFilter(request.query);
  const healthyOnly = onlyPassing(request.query);
  return answerQuery(agent, request, agent.catalog, {
    fields: checkServiceNodeFields,
    read: (view, keep) => {
      const { topics, value } = find(view, name);
      const chosen = value.filter((instance) => {
        const { Node, Service } = instance;
        return hasMeta(Node.Meta) && hasTags(Service.Tags) && (!healthyOnly || passing(instance));
      });
      return { topics, value: chosen.map(checkServiceNodeJson).filter(keep) };
    },
  });
}

/** A warning counts as not passing. */
function passing({ Checks, NodeChecks }: InstanceRecord): boolean {
  return [...NodeChecks, ...Checks].every(({ Status }) => Status === "passing");
}

function nodeChecks(agent: Agent, request: ApiRequest): Promise<Answer> {
  const name = requiredName(request, "Missing node name");
  return answerChecks(agent, request, (view) => {
    const node = view.node(name);
    return { topics: [catalogTopics.nodeChecks(name)], value: node === undefined ? [] : checksOf(view, node) };
  });
}

function serviceChecks(agent: Agent, request: ApiRequest): Promise<Answer> {
  const name = requiredName(request, "Missing service name");
  const hasMeta = nodeMetaFilter(request.query);
  return answerChecks(agent, request, (view) => ({
    topics: [catalogTopics.serviceChecks(name)],
    value: view.instancesOf(name).flatMap(({ Node, Checks }) => (hasMeta(Node.Meta) ? Checks : [])),
  }));
}

function checksInState(agent: Agent, request: ApiRequest): Promise<Answer> {
  const state = requiredName(request, "Missing check state");
  const hasMeta = nodeMetaFilter(request.query);
  return answerChecks(agent, request, (view) => ({
    // Whether a check is listed may depend on its node's meta.
    topics: request.query.has("node-meta") ? [catalogTopics.checks, catalogTopics.nodes] : [catalogTopics.checks],
    value: view
      .nodes()
      .filter(({ Node }) => hasMeta(Node.Meta))
      .flatMap((node) => checksOf(view, node))
      .filter(({ Status }) => state === "any" || Status === state),
  }));
}

/** The checks of a node and of everything on it, by ID. */
function checksOf(view: CatalogView, { Node, Checks }: NodeRecord): readonly CatalogCheck[] {
  const all = [...Checks, ...view.instancesOn(Node.Node).flatMap((instance) => instance.Checks)];
  return all.sort((a, b) => (a.CheckID < b.CheckID ? -1 : 1));
}

function answerChecks(
  agent: Agent,
  request: ApiRequest,
  find: (view: CatalogView) => Reading<readonly CatalogCheck[]>,
): Promise<Answer> {
  return answerQuery(agent, request, agent.catalog, {
    fields: healthCheckFields,
    read: (view, keep) => {
      const { topics, value } = find(view);
      return { topics, value: value.filter(keep).map(checkJson) };
    },
  });
}
