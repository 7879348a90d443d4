import { ask } from "@causeway/bus";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { withOwnIntermediates } from "../datacenters/own-intermediates.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { any, bool, decodeBody, mapOf, string, struct, uint64 } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { parseGoBool } from "../http/query-values.ts";
import { rootsJson } from "../render/ca-json.ts";
import { ROOTS_TOPIC } from "../views/ca-view.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "ca" | "clock" | "log">;

/** The certificate authority of the mesh. */
export function connectCaEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/connect/ca/roots", methods: { GET: (request) => roots(agent, request) } },
    {
      path: "/v1/connect/ca/configuration",
      methods: { GET: (request) => configuration(agent, request), PUT: (request) => configure(agent, request) },
    },
    { path: "/v1/connect/ca/seal-key", methods: { PUT: (request) => rotateSealKey(agent, request) } },
  ];
}

/** The roots, as JSON or, with `?pem`, as the certificates alone, one after the other. */
async function roots(agent: Agent, request: ApiRequest): Promise<Answer> {
  const pem = wantsPem(request.query);
  const answer = await answerQuery(agent, request, agent.ca, {
    headers: { effectiveConsistency: false, knownLeader: false },
    read: ({ roots: known }) => {
      if (known === undefined) throw answered(500, "CA is uninitialized and has no root yet");
      return { topics: [ROOTS_TOPIC], value: rootsJson(known) };
    },
  });
  const { view } = agent.ca;
  if (!pem) return await withOwnIntermediates(agent, answer, view.roots);
  if (answer.status !== 200 || view.roots === undefined) return answer;
  const certificates = view.roots.Roots.map(({ RootCert }) => RootCert).join("");
  const contentType = "application/pem-certificate-chain";
  return { ...answer, body: { kind: "text", text: certificates, contentType } };
}

function wantsPem(query: URLSearchParams): boolean {
  const text = query.get("pem") ?? "";
  const wanted = text === "" ? false : parseGoBool(text);
  if (wanted === undefined) throw badRequest("The 'pem' query parameter must be a boolean value");
  return wanted;
}

async function configuration(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { Provider, Config, State, ForceWithoutCrossSigning, CreateIndex, ModifyIndex } = await ask(
    agent.bus,
    "ca.configuration",
    askedBy(agent, request),
  );
  return json({ Provider, Config, State, ForceWithoutCrossSigning, CreateIndex, ModifyIndex });
}

const ConfigurationShape = struct(
  "structs.CAConfiguration",
  {
    Provider: string,
    Config: mapOf(any),
    State: mapOf(string),
    ForceWithoutCrossSigning: bool,
    CreateIndex: uint64,
    ModifyIndex: uint64,
  },
  { force_without_cross_signing: "ForceWithoutCrossSigning" },
);

async function configure(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { CreateIndex, ModifyIndex, ...Configuration } = decode(request.body);
  const { Index } = await ask(agent.bus, "ca.configure", { Configuration, ...askedBy(agent, request) });
  return empty(200, await whenShown(agent, agent.ca, Index));
}

function decode(body: string): ReturnType<typeof ConfigurationShape.read> {
  try {
    return decodeBody(body, ConfigurationShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badRequest(`Request decode failed: ${error.message}`);
  }
}

/** Not Consul's, which keeps its key unsealed. */
async function rotateSealKey(agent: Agent, request: ApiRequest): Promise<Answer> {
  const forgetOlder = request.query.has("forget-older") ? { ForgetOlder: true } : {};
  return json(await ask(agent.bus, "ca.rotate-seal-key", { ...forgetOlder, ...askedBy(agent, request) }));
}
