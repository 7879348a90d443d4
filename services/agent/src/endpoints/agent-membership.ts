import { type Answer, type ApiRequest, type Endpoint, empty } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";

type Agent = { readonly local: LocalAgent };

/** What Consul does by gossip. Agents here find each other on the bus, so that there is nobody to join and nobody to cast out. */
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

/** By itself an agent knows only that it is alive; who else is there, the catalog says. */
function forceLeave({ local }: Agent, { rest: name }: ApiRequest): Answer {
  if (name !== local.node.Node) throw answered(500, `agent: No node found with name '${name}'`);
  return empty();
}
