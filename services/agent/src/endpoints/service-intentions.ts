import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import type { Answer, ApiRequest } from "../http/endpoint.ts";
import { serviceIntentionsJson } from "../render/intention-json.ts";
import { intentionTopics } from "../views/intentions-view.ts";

type Agent = Pick<AgentContext, "clock" | "intentions">;

/** The kind of config entry under which the intentions of a destination are kept together. */
export const SERVICE_INTENTIONS = "service-intentions";

const HEADERS = { effectiveConsistency: false };

/** Every destination's intentions, as config entries. */
export function listServiceIntentions(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.intentions, {
    headers: HEADERS,
    read: (view) => ({ topics: [intentionTopics.all], value: view.entries().map(serviceIntentionsJson) }),
  });
}

/** One destination's intentions as a config entry; the value is undefined when it has none. */
export function oneServiceIntentions(agent: Agent, request: ApiRequest, name: string): Promise<Answer> {
  return answerQuery(agent, request, agent.intentions, {
    headers: HEADERS,
    read: (view) => {
      const entry = view.entry(name);
      return { topics: [intentionTopics.destination(name)], value: entry && serviceIntentionsJson(entry) };
    },
  });
}
