import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { badRequest } from "../http/errors.ts";
import { federationStateJson, meshGatewaysJson } from "../render/federation-json.ts";
import { type FederationView, STATES_TOPIC } from "../views/federation-view.ts";

type Agent = Pick<AgentContext, "clock" | "federation">;

/** How each datacenter is reached from the others. They can be read only: each datacenter publishes its own. */
export function federationStateEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    {
      path: "/v1/internal/federation-states",
      methods: { GET: (request) => read(agent, request, (view) => view.states().map(federationStateJson)) },
    },
    {
      path: "/v1/internal/federation-states/mesh-gateways",
      methods: { GET: (request) => read(agent, request, (view) => meshGatewaysJson(view.states())) },
    },
    { path: "/v1/internal/federation-state/", methods: { GET: (request) => one(agent, request) } },
  ];
}

function read(agent: Agent, request: ApiRequest, value: (view: FederationView) => unknown): Promise<Answer> {
  return answerQuery(agent, request, agent.federation, {
    headers: { effectiveConsistency: false },
    read: (view) => ({ topics: [STATES_TOPIC], value: value(view) }),
  });
}

/** Consul gives the state inside of its server's whole reply, and of one that it does not know nothing but the status. */
async function one(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: datacenter } = request;
  if (datacenter === "") throw badRequest("Missing datacenter name");
  const answer = await read(agent, request, (view) => {
    const state = view.state(datacenter);
    return state && federationStateJson(state);
  });
  if (answer.body.kind !== "json") return answer;
  const { value: State } = answer.body;
  if (State === undefined) return empty(404);
  const Index = Number(answer.headers["X-Consul-Index"]);
  const value = { State, Index, LastContact: 0, KnownLeader: true, ConsistencyLevel: "" };
  return { ...answer, body: { kind: "json", value } };
}
