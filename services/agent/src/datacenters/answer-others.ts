import { isUtf8 } from "node:buffer";
import { answer as answerVerbs, PART_BYTES, sendParts } from "@causeway/bus";
import { ANONYMOUS_SECRET, type Reply, type Request } from "@causeway/model";
import type { Logger } from "@causeway/runtime";
import { secretOf } from "../acl/secret-of.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, empty, METHODS, STAYING_CLIENT } from "../http/endpoint.ts";
import { answerForError } from "../http/errors.ts";
import { endpointFinder } from "../http/find-endpoint.ts";
import { queryOptions } from "../http/query-options.ts";
import { renderBody } from "../http/render-body.ts";

type Agent = Pick<AgentContext, "bus" | "clock"> & { readonly log: Pick<Logger, "warn"> };

/** The status of a wait that ended without a change, where that was all that was asked. */
export const UNCHANGED = 304;

/**
 * Answers the requests for this datacenter that came to agents of others, from `endpoints`. Those must answer all themselves: a request
 * that came over the bus is never handed on again.
 */
export function answerOthers(agent: Agent, endpoints: readonly Endpoint[]): void {
  const { bus, clock } = agent;
  const find = endpointFinder(endpoints);
  answerVerbs(bus, {
    "agent.http": async (asked) => {
      const beganAtMs = clock.now();
      const query = new URLSearchParams(asked.Query);
      const answer = await answerHere(agent, find, asked, query);
      if (asked.UnlessUnchanged && unchanged(answer, query, clock.now() - beganAtMs)) {
        return { Status: UNCHANGED, Headers: {}, Body: "" };
      }
      return await replyOf(agent, answer, asked.Inbox, query.has("pretty"));
    },
  });
}

/** What came of one request; what goes wrong becomes an answer too. */
async function answerHere(
  { log }: Agent,
  find: ReturnType<typeof endpointFinder>,
  { Method, Path: path, Headers: headers, ...asked }: Request<"agent.http">,
  query: URLSearchParams,
): Promise<Answer> {
  const endpoint = find(path);
  const method = METHODS.find((name) => name === Method);
  const handler = method === undefined ? undefined : endpoint?.methods[method];
  if (endpoint === undefined || method === undefined || handler === undefined) return empty(404);
  const rest = path.slice(endpoint.path.length);
  // That its client has gone cannot be told from here; waits over the bus are short.
  const request: ApiRequest = {
    method,
    path,
    rest,
    query,
    headers: tokened(headers, query),
    ...bodyOf(asked),
    client: STAYING_CLIENT,
  };
  try {
    return await handler(request);
  } catch (error) {
    const { answer, problem } = answerForError(error);
    const facts = { method, path: endpoint.path, status: answer.status };
    if (problem !== undefined) log.warn({ ...facts, problem }, "request of another datacenter failed");
    return answer;
  }
}

function bodyOf({
  Body,
  BodyBase64,
}: Pick<Request<"agent.http">, "Body" | "BodyBase64">): Pick<ApiRequest, "body" | "bytes"> {
  if (BodyBase64 !== true) return { body: Body };
  const bytes = Buffer.from(Body, "base64");
  return { body: bytes.toString(), bytes };
}

/** Whoever showed no token over there has none here: this agent's default one is for its own clients. */
function tokened(headers: ApiRequest["headers"], query: URLSearchParams): ApiRequest["headers"] {
  return secretOf({ headers, query }) === "" ? { ...headers, "x-consul-token": ANONYMOUS_SECRET } : headers;
}

/** A wait that was cut short, since this agent ends, is no whole one: whoever asked is given what there is. */
function unchanged({ headers }: Answer, query: URLSearchParams, waitedMs: number): boolean {
  const index = headers["X-Consul-Index"];
  const { minIndex, waitMs } = queryOptions({ query, headers: {} });
  return index !== undefined && Number(index) <= minIndex && waitedMs >= waitMs;
}

async function replyOf(
  { bus }: Agent,
  { status: Status, headers, body }: Answer,
  inbox: string,
  pretty: boolean,
): Promise<Reply<"agent.http">> {
  const { content, contentType } = renderBody(body, pretty);
  const Headers = contentType === "" ? headers : { ...headers, "Content-Type": contentType };
  if (content.byteLength <= PART_BYTES && isUtf8(content))
    return { Status, Headers, Body: new TextDecoder().decode(content) };
  return { Status, Headers, Body: "", Parts: await sendParts(bus, inbox, content) };
}
