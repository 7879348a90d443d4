import { type ChainEntries, type ChainOverrides, compileChain, describeChainProblem } from "@causeway/routes";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { discoveryChainJson } from "../render/discovery-chain-json.ts";
import { chainOverrides } from "../shapes/chain-overrides.ts";
import { type ConfigView, configTopics } from "../views/config-view.ts";

type Agent = Pick<AgentContext, "ca" | "clock" | "configEntries" | "datacenter">;

/** What becomes of a request for a service, compiled from the entries that speak of it. */
export function discoveryChainEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    {
      path: "/v1/discovery-chain/",
      methods: {
        GET: (request) => chain(agent, request, () => ({})),
        POST: (request) => chain(agent, request, () => chainOverrides(request.body)),
      },
    },
  ];
}

/** `?compile-namespace` is let pass and not looked at, as in Consul's community edition: there is one namespace. */
async function chain(agent: Agent, request: ApiRequest, overridden: () => ChainOverrides): Promise<Answer> {
  const { rest: service, query } = request;
  if (service === "") throw badRequest("Missing chain name");
  const overrides = overridden();
  const evaluatedIn = query.get("compile-dc") || agent.datacenter;
  return answerQuery(agent, request, agent.configEntries, {
    unshared: true,
    read: (view) => {
      const mesh = { datacenter: agent.datacenter, trustDomain: trustDomainOf(agent) };
      const topics = new Set<string>();
      const compiled = compileChain(service, noting(view, topics), mesh, overrides, evaluatedIn);
      if (compiled.kind === "unsound") throw answered(500, describeChainProblem(compiled.problem));
      return { topics: [...topics], value: { Chain: discoveryChainJson(compiled.chain) } };
    },
  });
}

/** The entries of a view; each that is looked up, there or not, is noted as one that the answer depends on. */
function noting(view: ConfigView, topics: Set<string>): ChainEntries {
  return {
    get: (kind, name) => {
      topics.add(configTopics.entry(kind, name));
      // The view has entries under the kind that they are of.
      return view.entry(kind, name) as never;
    },
  };
}

function trustDomainOf({ ca }: Agent): string {
  const { roots } = ca.view;
  if (roots === undefined) throw answered(500, "no cluster ca config setup");
  return roots.TrustDomain;
}
