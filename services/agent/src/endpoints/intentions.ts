import { intentionFields } from "@causeway/bexpr";
import { decide } from "@causeway/policy";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { intentionJson } from "../render/intention-json.ts";
import { intentionTopics } from "../views/intentions-view.ts";
import { explainIntention } from "./explain-intention.ts";
import { intentionName, requiredParameter } from "./intention-names.ts";
import { byIdEndpoint, createIntention, exactEndpoint } from "./intention-writes.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "clock" | "intentions" | "log">;

/** Who may call whom. */
export function intentionEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    {
      path: "/v1/connect/intentions",
      methods: { GET: (request) => list(agent, request), POST: (request) => createIntention(agent, request) },
    },
    { path: "/v1/connect/intentions/match", methods: { GET: (request) => match(agent, request) } },
    { path: "/v1/connect/intentions/check", methods: { GET: (request) => check(agent, request) } },
    { path: "/v1/connect/intentions/explain", methods: { GET: (request) => explainIntention(agent, request) } },
    exactEndpoint(agent),
    byIdEndpoint(agent),
  ];
}

function list(agent: Agent, request: ApiRequest): Promise<Answer> {
  return answerQuery(agent, request, agent.intentions, {
    fields: intentionFields,
    headers: { effectiveConsistency: false },
    read: (view, keep) => ({
      topics: [intentionTopics.all],
      value: view.pairs().map(intentionJson).filter(keep),
    }),
  });
}

/** The intentions that bear on each name, as they are evaluated; null for a name that has none. */
function match(agent: Agent, request: ApiRequest): Promise<Answer> {
  const by = sideOf(requiredParameter(request.query, "by"));
  requiredParameter(request.query, "name");
  const texts = request.query.getAll("name");
  const names = texts.map((text) => intentionName(text, "name"));
  return answerQuery(agent, request, agent.intentions, {
    headers: { effectiveConsistency: false },
    read: (view) => {
      const matches = names.map(({ name, known }, at) => {
        const found = known ? view.matching(by, name).map(intentionJson) : [];
        return [texts[at], found.length > 0 ? found : null];
      });
      const destinations = ["*", ...names.map(({ name }) => name)].map(intentionTopics.destination);
      return { topics: by === "source" ? [intentionTopics.all] : destinations, value: Object.fromEntries(matches) };
    },
  });
}

function sideOf(by: string): "source" | "destination" {
  if (by !== "source" && by !== "destination") {
    throw answered(500, "'by' parameter must be one of 'source' or 'destination'");
  }
  return by;
}

/** Whether a connection would be let through now. */
function check({ intentions }: Agent, { query }: ApiRequest): Answer {
  const source = intentionName(requiredParameter(query, "source"), "source");
  const destination = intentionName(requiredParameter(query, "destination"), "destination");
  const sourceType = query.get("source-type") ?? "";
  if (sourceType !== "" && sourceType !== "consul") {
    throw answered(500, `unsupported SourceType: ${JSON.stringify(sourceType)}`);
  }
  const { view } = intentions;
  const records = [view.entry(destination.name), view.entry("*")].filter((record) => record !== undefined);
  const question = { source: source.name, destination: destination.name, fallback: view.defaultAction };
  return json({ Allowed: decide({ ...question, intentions: records }).action === "allow" });
}
