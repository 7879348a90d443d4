import { ask } from "@causeway/bus";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";

type Agent = Pick<AgentContext, "acl" | "askToStop" | "bus" | "catalog"> & {
  readonly local: Pick<LocalAgent, "leave">;
};

/** What Consul does by gossip. Agents here find each other on the bus, so that there is nobody to join. */
export function agentMembershipEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/join/", methods: { PUT: join } },
    { path: "/v1/agent/leave", methods: { PUT: () => leave(agent) } },
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

/** The agent ends either way, as it was told to, with its checks and registrations closed by then. */
async function leave({ local, askToStop }: Agent): Promise<Answer> {
  try {
    await local.leave();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw answered(500, `Not left: ${reason}. The agent ends all the same, and its node will count as failed`);
  } finally {
    askToStop();
  }
  return empty();
}
