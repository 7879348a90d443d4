import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { ApiRequest, Endpoint } from "../http/endpoint.ts";
import { notServed } from "./unserved.ts";

type Agent = Pick<AgentContext, "catalog" | "clock">;

/** Lists of what this mesh does without: there is none of it, which scripts that list it can live with. */
export function emptyListEndpoints(agent: Agent): readonly Endpoint[] {
  const none = (effectiveConsistency: boolean) => (request: ApiRequest) =>
    answerQuery(agent, request, agent.catalog, {
      headers: { effectiveConsistency },
      read: () => ({ topics: [], value: [] }),
    });
  return [
    { path: "/v1/coordinate/nodes", methods: { GET: none(false) } },
    { path: "/v1/query", methods: { GET: none(true), POST: () => notServed("prepared queries", "/v1/query") } },
  ];
}
