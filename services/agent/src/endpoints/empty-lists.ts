import type { AgentContext } from "../context.ts";
import { answerQuery, type QueryHeaders } from "../http/answer-query.ts";
import type { Endpoint, Handler } from "../http/endpoint.ts";
import { notServed } from "./unserved.ts";

type Agent = Pick<AgentContext, "catalog" | "clock">;

/** Lists of what this mesh does without: there is none of it, which scripts that list it can live with. */
export function emptyListEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/coordinate/nodes", methods: { GET: emptyList(agent, { effectiveConsistency: false }) } },
    { path: "/v1/query", methods: { GET: emptyList(agent), POST: () => notServed("prepared queries", "/v1/query") } },
  ];
}

/** A query that finds nothing, now or later. */
export function emptyList(agent: Agent, headers: QueryHeaders = {}): Handler {
  return (request) => answerQuery(agent, request, agent.catalog, { headers, read: () => ({ topics: [], value: [] }) });
}
