import { ask } from "@causeway/bus";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "catalog">;

/** What Consul does by gossip. Agents here find each other on the bus, so that there is nobody to join. */
export function agentMembershipEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/join/", methods: { PUT: join } },
    { path: "/v1/agent/force-leave/", methods: { PUT: (request) => forceLeave(agent, request) } },
  ];
}

function join({ rest: address }: ApiRequest): Answer {
  throw answered(
    500,
    `Failed to join ${address}: agents do not gossip here, the NATS servers that they are connected to (CAUSEWAY_NATS_URL) make them one datacenter`,
  );
}

/** An agent that has failed has left; one that is alive stays, as it would say so at once. */
async function forceLeave(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: Node, query } = request;
  const asked = { Node, Prune: query.has("prune"), ...askedBy(agent, request) };
  const { Index } = await ask(agent.bus, "catalog.force-leave", asked);
  await agent.catalog.reach(Index);
  return empty();
}
