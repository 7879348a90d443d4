import { decide } from "@causeway/policy";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, json } from "../http/endpoint.ts";
import { intentionJson } from "../render/intention-json.ts";
import { intentionName, requiredParameter } from "./intention-names.ts";

/** Which intention decides between two services, and what else matches: the one that decides comes first. Not Consul's. */
export function explainIntention({ intentions }: Pick<AgentContext, "intentions">, { query }: ApiRequest): Answer {
  const { name: source } = intentionName(requiredParameter(query, "source"), "source");
  const { name: destination } = intentionName(requiredParameter(query, "destination"), "destination");
  const { view } = intentions;
  const matching = view
    .matching("destination", destination)
    .filter(({ source: { Name } }) => Name === source || Name === "*");
  const records = [view.entry(destination), view.entry("*")].filter((record) => record !== undefined);
  const { action, by } = decide({ source, destination, intentions: records, fallback: view.defaultAction });
  return json({
    Source: source,
    Destination: destination,
    Allowed: action === "allow",
    DecidedBy: by.kind === "default" ? null : by.id,
    DefaultAction: view.defaultAction,
    Matching: matching.map(intentionJson),
  });
}
