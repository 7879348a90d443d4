import type { AgentContext } from "../context.ts";
import { endpointsOf } from "../endpoints/index.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { guarded } from "./guard.ts";
import { GUARDS } from "./guards/index.ts";

/** Every endpoint of the API; where ACLs are enabled, behind its guard. */
export function guardedEndpoints(agent: AgentContext & { readonly local: LocalAgent }): readonly Endpoint[] {
  const { acl } = agent;
  const endpoints = endpointsOf(agent);
  return acl === undefined ? endpoints : guarded(endpoints, GUARDS, { ...agent, acl });
}
