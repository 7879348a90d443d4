import { ask } from "@causeway/bus";
import type { IntentionRequest } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { decodeBody } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { intentionJson } from "../render/intention-json.ts";
import { type IntentionBody, IntentionShape } from "../shapes/intention-shape.ts";
import { intentionName, requiredParameter } from "./intention-names.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "intentions" | "log">;

const NOT_FOUND = "Intention not found";
const BAD_ID = "failed intention lookup: index error: UUID must be 36 characters";
const ID_LENGTH = 36;

/** Makes an intention for a pair of names that has none. */
export async function createIntention(agent: Agent, request: ApiRequest): Promise<Answer> {
  const asked = decode(request.body, (reason) => answered(500, `Failed to decode request body: ${reason}`));
  const by = askedBy(agent, request);
  const { ID, Index } = await ask(agent.bus, "intentions.create", { ...intentionRequest(asked), ...by });
  return json({ ID }, await whenShown(agent, agent.intentions, Index));
}

/** An intention by the ID that it was given. */
export function byIdEndpoint(agent: Agent): Endpoint {
  return {
    path: "/v1/connect/intentions/",
    methods: {
      GET: (request) => readById(agent, request),
      PUT: (request) => updateById(agent, request),
      DELETE: (request) => deleteById(agent, request),
    },
  };
}

function readById({ intentions }: Agent, { rest: id }: ApiRequest): Answer {
  if (id.length !== ID_LENGTH) throw badRequest(BAD_ID);
  const found = intentions.view.withId(id.toLowerCase());
  if (found === undefined) throw answered(404, NOT_FOUND);
  return json(intentionJson(found));
}

async function updateById(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: id, body } = request;
  const asked = decodeOrBadRequest(body);
  if (id.length !== ID_LENGTH) throw answered(500, `Intention lookup failed: ${BAD_ID}`);
  const { Index } = await ask(agent.bus, "intentions.update", {
    ID: id,
    Intention: intentionRequest(asked),
    ...askedBy(agent, request),
  });
  return json({ ID: id }, await whenShown(agent, agent.intentions, Index));
}

async function deleteById(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { rest: id } = request;
  if (id.length !== ID_LENGTH) throw answered(500, `Intention lookup failed: ${BAD_ID}`);
  const { Index } = await ask(agent.bus, "intentions.delete", { ID: id, ...askedBy(agent, request) });
  return json(true, await whenShown(agent, agent.intentions, Index));
}

/** The intention between `?source` and `?destination`, as Consul has it since 1.9. */
export function exactEndpoint(agent: Agent): Endpoint {
  return {
    path: "/v1/connect/intentions/exact",
    methods: {
      GET: (request) => readExact(agent, request),
      PUT: (request) => writeExact(agent, request),
      DELETE: (request) => deleteExact(agent, request),
    },
  };
}

function readExact({ intentions }: Agent, { query }: ApiRequest): Answer {
  const { source, destination } = pairOf(query);
  const found = intentions.view.between(source, destination);
  if (found === undefined) throw answered(404, NOT_FOUND);
  return json(intentionJson(found));
}

async function writeExact(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { query, body } = request;
  const { source: SourceName, destination: DestinationName } = pairOf(query);
  const asked = decodeOrBadRequest(body);
  const { Index } = await ask(agent.bus, "intentions.upsert", {
    ...intentionRequest(asked),
    SourceName,
    DestinationName,
    ...askedBy(agent, request),
  });
  return json(true, await whenShown(agent, agent.intentions, Index));
}

async function deleteExact(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { source: Source, destination: Destination } = pairOf(request.query);
  const { Index } = await ask(agent.bus, "intentions.delete", { Source, Destination, ...askedBy(agent, request) });
  return json(true, await whenShown(agent, agent.intentions, Index));
}

function pairOf(query: URLSearchParams): { readonly source: string; readonly destination: string } {
  const source = intentionName(requiredParameter(query, "source"), "source");
  const destination = intentionName(requiredParameter(query, "destination"), "destination");
  return { source: source.name, destination: destination.name };
}

function decode(body: string, refusal: (reason: string) => Error): IntentionBody {
  try {
    return decodeBody(body, IntentionShape);
  } catch (error) {
    throw error instanceof JsonError ? refusal(error.message) : error;
  }
}

function decodeOrBadRequest(body: string): IntentionBody {
  return decode(body, (reason) => badRequest(`Request decode failed: ${reason}`));
}

function intentionRequest(body: IntentionBody): IntentionRequest {
  const { SourceName = "", DestinationName = "", SourceNS = "", DestinationNS = "" } = body;
  const { SourceType = "", Action = "", Description = "", Meta = {} } = body;
  return { SourceName, DestinationName, SourceNS, DestinationNS, SourceType, Action, Description, Meta };
}
