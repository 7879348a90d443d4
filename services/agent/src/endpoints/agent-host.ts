import type { AgentContext } from "../context.ts";
import { type Endpoint, json } from "../http/endpoint.ts";
import { hostFacts } from "../local/host-facts.ts";

/** The machine that this agent runs on. */
export function agentHostEndpoints({ config, clock }: Pick<AgentContext, "config" | "clock">): readonly Endpoint[] {
  const facts = () => hostFacts(config.dataDir ?? "/", clock.now());
  return [{ path: "/v1/agent/host", methods: { GET: async () => json(await facts()) } }];
}
