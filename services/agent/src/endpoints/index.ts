import type { AgentContext } from "../context.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { statusEndpoints } from "./status.ts";

/** Every endpoint of the API. */
export function endpointsOf(agent: AgentContext): readonly Endpoint[] {
  return [...statusEndpoints(agent)];
}
