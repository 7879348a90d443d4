import { isUtf8 } from "node:buffer";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { spanned, withRemoteParent } from "@causeway/runtime";
import { type Answer, type ApiRequest, type Endpoint, empty, type Handler, METHODS, text } from "./endpoint.ts";
import { answerForError } from "./errors.ts";
import { endpointFinder } from "./find-endpoint.ts";
import { refuseNamespaces } from "./namespaces.ts";
import { readBody } from "./read-body.ts";
import { renderBody } from "./render-body.ts";
import { type RequestTarget, requestTarget } from "./request-target.ts";
import { sendStream } from "./send-stream.ts";
import { closeWhenUnread } from "./slow-client.ts";

/** What is counted of a request. */
export type AnsweredRequest = { readonly method: string; readonly status: number; readonly seconds: number };

/** How the HTTP API is served. */
export type ServerOptions = {
  readonly maxBodyBytes: number;
  readonly log: {
    debug(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
  /** Told of each request that an endpoint has answered. */
  readonly answered?: (facts: AnsweredRequest) => void;
};

/**
 * Makes the HTTP API from its endpoints: what answers each request that comes by `Listeners`.
 *
 * Paths, methods and statuses follow Go's ServeMux and Consul's wrapper around it: an unknown path is an empty 404, a wrong method a
 * 405 that names the right ones, and a body is read as JSON whatever its Content-Type says.
 */
export function serveApi(endpoints: readonly Endpoint[], options: ServerOptions): RequestListener {
  const find = endpointFinder(endpoints);
  return (request, response) => {
    const target = requestTarget(request.url ?? "/");
    if (target === undefined) return send(response, text(400, "Bad Request"), false);
    const endpoint = find(target.path);
    if (endpoint === undefined) return send(response, notFound(target, find), false);
    void serve({ endpoint, target, request, response }, options);
  };
}

/** A request that has come, and where its answer goes. */
type Exchange = {
  readonly endpoint: Endpoint;
  readonly target: RequestTarget;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** Never throws: nobody is left to catch it. */
async function serve(exchange: Exchange, { maxBodyBytes, log, answered }: ServerOptions): Promise<void> {
  const { endpoint, target, request, response } = exchange;
  // Go refuses a malformed escape before it looks at anything else.
  if (/%(?![0-9a-f]{2})/i.test(target.rawQuery)) return send(response, empty(500), false);
  const beganAtMs = performance.now();
  // A client that went before it had sent all reads no answer, whatever that says.
  const body = await bodyOf(request, maxBodyBytes).catch(() => undefined);
  if (body === undefined) return send(response, TOO_LONG, false);
  const { method = "GET" } = request;
  const query = new URLSearchParams(target.rawQuery);
  const { answer, problem } = await answerTo(exchange, method, query, body);
  const seconds = (performance.now() - beganAtMs) / 1_000;
  const facts = { method, path: endpoint.path, status: answer.status, seconds };
  answered?.(facts);
  if (problem === undefined) log.debug(facts, "request answered");
  else log.warn({ ...facts, problem }, "request failed");
  send(response, answer, query.has("pretty"));
}

type Body = Pick<ApiRequest, "body" | "bytes">;

const TOO_LONG = text(413, "Request body is too large", { Connection: "close" });
const NOTHING: Body = { body: "" };

/** A body as text, and as it came where that says something else; undefined when it is too long. Throws when the client has gone. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Body | undefined> {
  if (request.method === "GET" || request.method === "HEAD") return NOTHING;
  const bytes = await readBody(request, maxBytes);
  if (bytes === undefined) return undefined;
  return isUtf8(bytes) ? { body: bytes.toString() } : { body: bytes.toString(), bytes };
}

async function answerTo(
  { endpoint, target, request, response }: Exchange,
  method: string,
  query: URLSearchParams,
  body: Body,
): Promise<{ readonly answer: Answer; readonly problem?: string }> {
  const { path, methods } = endpoint;
  const allow = { Allow: ["OPTIONS", ...Object.keys(methods)].join(",") };
  if (method === "OPTIONS") return { answer: empty(200, allow) };
  const known = METHODS.find((name) => name === method);
  const handler = known === undefined ? undefined : methods[known];
  if (known === undefined || handler === undefined) {
    return { answer: text(405, `method ${method} not allowed`, allow) };
  }
  const question: ApiRequest = {
    method: known,
    path: target.path,
    rest: target.path.slice(path.length),
    query,
    headers: request.headers,
    ...body,
    get signal() {
      return whenGone(response);
    },
  };
  try {
    refuseNamespaces(question);
    return { answer: await traced(path, question, handler) };
  } catch (error) {
    return answerForError(error);
  }
}

/** Writes are traced from here to the last process that applies them; reads are answered from memory and would only be noise. */
async function traced(path: string, request: ApiRequest, handler: Handler): Promise<Answer> {
  if (request.method === "GET") return handler(request);
  const { traceparent } = request.headers;
  const parent = typeof traceparent === "string" ? traceparent : undefined;
  const attributes = { "http.request.method": request.method, "http.route": path };
  return withRemoteParent(parent, () => spanned("agent.request", attributes, async () => handler(request)));
}

/** A signal that aborts when the connection ends before the answer has been sent. */
function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.once("close", () => response.writableFinished || gone.abort());
  return gone.signal;
}

/** ServeMux sends whoever forgot the slash at the end to the path that has it. */
function notFound({ path, rawPath, rawQuery }: RequestTarget, find: ReturnType<typeof endpointFinder>): Answer {
  const slashed = `${path}/`;
  if (find(slashed)?.path !== slashed) return empty(404);
  return empty(301, { Location: rawQuery === "" ? `${rawPath}/` : `${rawPath}/?${rawQuery}` });
}

function send(response: ServerResponse, answer: Answer, pretty: boolean): void {
  const { status, headers, body } = answer;
  if (body.kind === "stream") {
    sendStream(response, answer, body);
    return;
  }
  const { content, contentType } = renderBody(body, pretty);
  closeWhenUnread(response);
  response.writeHead(status, {
    ...headers,
    ...(contentType === "" ? {} : { "Content-Type": contentType }),
    "Content-Length": content.byteLength,
  });
  response.end(content);
}
