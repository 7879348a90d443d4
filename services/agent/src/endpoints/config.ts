import { serviceDefaultsFields } from "@causeway/bexpr";
import { ask } from "@causeway/bus";
import { CONFIG_ENTRY_KINDS, quoted } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { any, decodeBody, mapOf } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { casIndex } from "../http/query-values.ts";
import { configEntryJson } from "../render/config-json.ts";
import { configTopics } from "../views/config-view.ts";
import { listServiceIntentions, oneServiceIntentions, SERVICE_INTENTIONS } from "./service-intentions.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "catalog" | "clock" | "configEntries" | "intentions" | "log">;

/** Config entries of every kind. */
export function configEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/config", methods: { PUT: (request) => write(agent, request) } },
    {
      path: "/v1/config/",
      methods: { GET: (request) => read(agent, request), DELETE: (request) => remove(agent, request) },
    },
  ];
}

const KINDS = new Set<string>([...CONFIG_ENTRY_KINDS, SERVICE_INTENTIONS]);

/** Config entries do not say how consistent they are. */
const HEADERS = { effectiveConsistency: false };

async function write(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { body, query } = request;
  const CAS = casIndex(query);
  const Entry = decode(body);
  const asked = { Entry, ...(CAS === undefined ? {} : { CAS }), ...askedBy(agent, request) };
  const reply = await ask(agent.bus, "config-entries.apply", asked);
  return json(reply.Applied, await shown(agent, reply));
}

function decode(body: string): Record<string, unknown> {
  try {
    return decodeBody(body, mapOf(any));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badRequest(`Request decoding failed: ${error.message}`);
  }
}

async function read(agent: Agent, request: ApiRequest): Promise<Answer> {
  const [kind, name] = kindAndName(request);
  if (kind !== "" && !KINDS.has(kind)) throw answered(500, unknownKind(kind));
  const intentions = kind === SERVICE_INTENTIONS;
  if (name === "") return intentions ? listServiceIntentions(agent, request) : list(agent, request, kind);
  const answer = await (intentions ? oneServiceIntentions(agent, request, name) : one(agent, request, kind, name));
  return orNotFound(answer, kind, name);
}

/** The entries of one kind; "" stands for every kind. */
function list(agent: Agent, request: ApiRequest, kind: string): Promise<Answer> {
  return answerQuery(agent, request, agent.configEntries, {
    headers: HEADERS,
    ...(kind === "service-defaults" ? { fields: serviceDefaultsFields } : {}),
    read: (view, keep) => {
      const [entries, topic] =
        kind === "" ? [view.all(), configTopics.all] : [view.list(kind), configTopics.kind(kind)];
      return { topics: [topic], value: entries.filter(keep).map(configEntryJson) };
    },
  });
}

/** One entry; the value is undefined when there is none. */
function one(agent: Agent, request: ApiRequest, kind: string, name: string): Promise<Answer> {
  return answerQuery(agent, request, agent.configEntries, {
    headers: HEADERS,
    read: (view) => {
      const entry = view.entry(kind, name);
      return { topics: [configTopics.entry(kind, name)], value: entry && configEntryJson(entry) };
    },
  });
}

/** An entry that is not there is told by the status, with the headers of a query that found nothing. */
function orNotFound({ headers, ...answer }: Answer, kind: string, name: string): Answer {
  if (answer.body.kind !== "json" || answer.body.value !== undefined) return { headers, ...answer };
  const content = `Config entry not found for ${quoted(kind)} / ${quoted(name)}`;
  return { status: 404, headers, body: { kind: "text", text: content, contentType: "text/plain; charset=utf-8" } };
}

async function remove(agent: Agent, request: ApiRequest): Promise<Answer> {
  const [Kind, Name] = kindAndName(request);
  if (Kind === "" || Name === "") throw answered(404, "Must provide both a kind and name to delete");
  if (!KINDS.has(Kind)) throw answered(400, unknownKind(Kind));
  const CAS = casIndex(request.query);
  const asked = { Kind, Name, ...(CAS === undefined ? {} : { CAS }), ...askedBy(agent, request) };
  const reply = await ask(agent.bus, "config-entries.delete", asked);
  return json(CAS === undefined ? {} : reply.Deleted, await shown(agent, reply));
}

type Shown = { readonly Bucket: string; readonly Index: number; readonly CatalogIndex?: number };

/** Waits until this agent shows the write itself, and what follows from it in the catalog; gives headers for the answer. */
async function shown(agent: Agent, { Bucket, Index, CatalogIndex }: Shown): Promise<Record<string, string>> {
  const { catalog, configEntries, intentions } = agent;
  const headers = await whenShown(agent, Bucket === "intentions" ? intentions : configEntries, Index);
  const reflected = CatalogIndex === undefined ? undefined : await reflectedHere(agent, Index, CatalogIndex);
  return reflected === undefined ? headers : { ...headers, ...(await whenShown(agent, catalog, reflected)) };
}

/**
 * The revision of this datacenter's catalog that shows what follows from a config entry. `there` is that of the primary's, which says
 * nothing of another one's. A catalog that is away takes the entry up when it is back.
 */
async function reflectedHere({ bus, log }: Agent, Revision: number, there: number): Promise<number | undefined> {
  if (bus.datacenter === bus.primaryDatacenter) return there;
  try {
    return (await ask(bus, "catalog.reflect", { Revision })).Index;
  } catch (error) {
    log.warn({ reason: (error as Error).message }, "the catalog has not taken up the write yet");
    return undefined;
  }
}

/** The name may have slashes in it. */
function kindAndName({ rest }: ApiRequest): readonly [kind: string, name: string] {
  const slash = rest.indexOf("/");
  return slash === -1 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
}

function unknownKind(kind: string): string {
  return `invalid config entry kind: ${kind}`;
}
