import { parseServiceSpiffeId } from "@causeway/model";
import { type Decision, decide } from "@causeway/policy";
import type { AgentContext } from "../context.ts";
import { withOwnIntermediates } from "../datacenters/own-intermediates.ts";
import { answerQuery } from "../http/answer-query.ts";
import { blockingQuery } from "../http/blocking.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { decodeBody, string, struct } from "../http/go-shape.ts";
import { queryOptions } from "../http/query-options.ts";
import { type IssuedLeaf, leafTopic } from "../local/leaf-cache.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { rootsJson } from "../render/ca-json.ts";
import { ROOTS_TOPIC } from "../views/ca-view.ts";
import type { IntentionsView } from "../views/intentions-view.ts";
import { decoded } from "./agent-services.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "clock" | "ca" | "intentions" | "log"> & { readonly local: LocalAgent };

const AuthorizeShape = struct("structs.ConnectAuthorizeRequest", {
  Target: string,
  ClientCertURI: string,
  ClientCertSerial: string,
});

/** What proxies and native services ask their agent for: roots, their leaf, and whether a client may come in. */
export function agentConnectEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/connect/ca/roots", methods: { GET: (request) => roots(agent, request) } },
    { path: "/v1/agent/connect/ca/leaf/", methods: { GET: (request) => leaf(agent, request) } },
    { path: "/v1/agent/connect/authorize", methods: { POST: (request) => authorize(agent, request) } },
  ];
}

async function roots(agent: Agent, request: ApiRequest): Promise<Answer> {
  const answer = await answerQuery(agent, request, agent.ca, {
    read: ({ roots: known }) => ({ topics: [ROOTS_TOPIC], value: known && rootsJson(known) }),
    headers: { effectiveConsistency: false, knownLeader: false },
  });
  const whole = await withOwnIntermediates(agent, answer, agent.ca.view.roots);
  return { ...whole, headers: { ...whole.headers, "X-Cache": "HIT", Age: "0" } };
}

/** Gives the leaf at once, or, where an index is given, when it has been renewed since. */
async function leaf({ acl, clock, local }: Agent, request: ApiRequest): Promise<Answer> {
  const service = request.rest;
  if (service === "") throw answered(500, "Missing service name: ask for /v1/agent/connect/ca/leaf/<service>");
  const { minIndex, waitMs } = queryOptions(request);
  const { leaves } = local;
  const { issued, hit } = await leaves.leaf(service, acl?.secretOf(request));
  if (minIndex === 0) return leafAnswer(issued, hit, clock.now());
  const read = () => ({ topics: [leafTopic(service)], value: leaves.known(service) ?? issued });
  const { value } = await blockingQuery(leaves.topics, read, { minIndex, waitMs, clock, client: request.client });
  return leafAnswer(value, false, clock.now());
}

function leafAnswer(
  { leaf: { RootID: _, ...leaf }, privateKeyPem, index, issuedAtMs }: IssuedLeaf,
  hit: boolean,
  nowMs: number,
): Answer {
  const age = Math.floor((nowMs - issuedAtMs) / 1_000);
  return json(
    { ...leaf, PrivateKeyPEM: privateKeyPem, CreateIndex: index, ModifyIndex: index },
    { "X-Consul-Index": String(index), "X-Cache": hit ? "HIT" : "MISS", ...(hit ? { Age: String(age) } : {}) },
  );
}

/**
 * Says whether the holder of a certificate may connect to `Target`. Who holds it has been proven to the proxy that asks; here only the
 * namespace and the service of its name count.
 */
function authorize({ intentions }: Agent, { body }: ApiRequest): Answer {
  const { Target = "", ClientCertURI = "" } = decoded(() => decodeBody(body, AuthorizeShape));
  if (Target === "") throw badRequest("Target service must be specified");
  if (!/^spiffe:\/\/[^/]+/i.test(ClientCertURI)) throw badRequest("ClientCertURI not a valid Connect identifier");
  const client = parseServiceSpiffeId(ClientCertURI);
  if (client === undefined) throw badRequest("ClientCertURI not a valid Service identifier");
  const { view } = intentions;
  const decision = decide({
    intentions: [view.entry(Target), view.entry("*")].filter((entry) => entry !== undefined),
    source: client.service,
    destination: Target,
    fallback: view.defaultAction,
  });
  return json({ Authorized: decision.action === "allow", Reason: reasonOf(decision, view) });
}

function reasonOf({ action, by }: Decision, { defaultAction }: IntentionsView): string {
  if (by.kind === "default") {
    return defaultAction === "allow"
      ? "ACLs disabled, access is allowed by default"
      : "Default behavior configured by ACLs";
  }
  const pair = `default/${by.source} => default/${by.destination}`;
  return `Matched intention: ${action.toUpperCase()} ${pair} (ID: ${by.id}, Precedence: ${by.precedence})`;
}
