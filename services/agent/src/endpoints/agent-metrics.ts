import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { metricsJson } from "../render/metrics-json.ts";

type Agent = Pick<AgentContext, "clock" | "config" | "metrics">;

/** The metrics of this process, in the shape of Consul's own or in that of Prometheus. */
export function agentMetricsEndpoints(agent: Agent): readonly Endpoint[] {
  return [{ path: "/v1/agent/metrics", methods: { GET: (request) => metricsOf(agent, request) } }];
}

async function metricsOf({ clock, config, metrics }: Agent, { query }: ApiRequest): Promise<Answer> {
  if (query.get("format") !== "prometheus") return json(metricsJson(await metrics.readings(), new Date(clock.now())));
  // Consul keeps none for Prometheus unless it is told for how long; here that only says whether they are wanted.
  if (config.prometheusRetentionSeconds === 0)
    throw answered(415, "Prometheus is not enabled since its retention time is not positive");
  return text(200, await metrics.text());
}
