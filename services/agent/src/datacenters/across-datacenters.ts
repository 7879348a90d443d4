import type { AgentContext } from "../context.ts";
import type { Endpoint, Handler, Method } from "../http/endpoint.ts";
import { type AnswerElsewhereOptions, answerElsewhere } from "./answer-elsewhere.ts";
import { datacenterOf } from "./datacenter-of.ts";

/** Endpoints that hand requests for another datacenter to an agent of that one, and answer all others themselves. */
export function acrossDatacenters(
  endpoints: readonly Endpoint[],
  agent: AnswerElsewhereOptions & Pick<AgentContext, "datacenter">,
): readonly Endpoint[] {
  const ask = answerElsewhere(agent);
  const across = (path: string, here: Handler): Handler => {
    return (request) => {
      const datacenter = datacenterOf(path, request);
      return datacenter === "" || datacenter === agent.datacenter ? here(request) : ask(datacenter, request);
    };
  };
  return endpoints.map((endpoint) => {
    const { path, methods } = endpoint;
    const handlers = Object.entries(methods) as [Method, Handler][];
    return { ...endpoint, methods: Object.fromEntries(handlers.map(([method, here]) => [method, across(path, here)])) };
  });
}
