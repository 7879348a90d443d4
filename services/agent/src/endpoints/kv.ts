import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Endpoint, text } from "../http/endpoint.ts";
import { pairJson } from "../render/kv-json.ts";
import { type KvPair, keyTopic, prefixTopic } from "../views/kv-view.ts";
import { type KvWriter, kvWrites, tooLongValue } from "./kv-writes.ts";

type Agent = Pick<AgentContext, "clock" | "kv"> & KvWriter;

/** The key/value store. @see https://developer.hashicorp.com/consul/api-docs/kv */
export function kvEndpoints(agent: Agent): readonly Endpoint[] {
  const methods = { GET: (request: ApiRequest) => read(agent, request), ...kvWrites(agent) };
  return [{ path: "/v1/kv/", methods, tooLong: tooLongValue }];
}

/** Keys do not say how consistent they are. */
const HEADERS = { effectiveConsistency: false };

async function read(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { query, rest } = request;
  if (query.has("keys")) {
    const names = await keys(agent, request, rest, query.get("separator") ?? "");
    // Where there is no key at all, the list of all is empty; any other prefix without keys is not there.
    return rest === "" ? names : orNotFound(names);
  }
  if (query.has("recurse")) return orNotFound(await tree(agent, request, rest));
  if (rest === "") return text(400, "Missing key name");
  const answer = await one(agent, request, rest);
  return query.has("raw") ? rawly(answer) : orNotFound(answer);
}

function one(agent: Agent, request: ApiRequest, key: string): Promise<Answer> {
  return answerQuery(agent, request, agent.kv, {
    headers: HEADERS,
    read: (view) => {
      const pair = view.pair(key);
      return { topics: [keyTopic(key)], value: pair === undefined ? [] : [pairJson(pair)] };
    },
  });
}

function tree(agent: Agent, request: ApiRequest, prefix: string): Promise<Answer> {
  return answerQuery(agent, request, agent.kv, {
    headers: HEADERS,
    read: (view) => ({ topics: [prefixTopic(prefix)], value: Array.from(view.under(prefix), pairJson) }),
  });
}

function keys(agent: Agent, request: ApiRequest, prefix: string, separator: string): Promise<Answer> {
  return answerQuery(agent, request, agent.kv, {
    headers: HEADERS,
    read: (view) => ({ topics: [prefixTopic(prefix)], value: keyNames(view.under(prefix), prefix, separator) }),
  });
}

/** The names of keys; of those that have `separator` after `prefix`, only what stands up to it, once. */
export function keyNames(pairs: Iterable<Pick<KvPair, "key">>, prefix: string, separator: string): readonly string[] {
  const names = new Set<string>();
  for (const { key } of pairs) {
    const at = separator === "" ? -1 : key.indexOf(separator, prefix.length);
    names.add(at === -1 ? key : key.slice(0, at + separator.length));
  }
  return [...names];
}

/** What is not there is told by the status, with the headers of a query that found nothing. */
function orNotFound(answer: Answer): Answer {
  return isEmptyList(answer) ? { status: 404, headers: answer.headers, body: { kind: "empty" } } : answer;
}

function isEmptyList({ body }: Answer): boolean {
  return body.kind === "json" && Array.isArray(body.value) && body.value.length === 0;
}

/** The value alone, as it was written. A browser must not take it for a page of this origin. */
function rawly(answer: Answer): Answer {
  const { body, headers } = answer;
  if (body.kind !== "json" || isEmptyList(answer)) return orNotFound(answer);
  const [{ Value }] = body.value as readonly [{ readonly Value: string | null }];
  return {
    status: 200,
    headers: { ...headers, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" },
    body: { kind: "bytes", bytes: Buffer.from(Value ?? "", "base64"), contentType: "text/plain" },
  };
}
