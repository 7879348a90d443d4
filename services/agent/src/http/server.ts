import { isUtf8 } from "node:buffer";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Answer, type ApiRequest, type Client, type Endpoint, empty, METHODS, text } from "./endpoint.ts";
import { answerForError } from "./errors.ts";
import { endpointFinder } from "./find-endpoint.ts";
import { refuseNamespaces } from "./namespaces.ts";
import { readBody } from "./read-body.ts";
import { renderBody } from "./render-body.ts";
import { type RequestTarget, requestTarget } from "./request-target.ts";
import { sendStream } from "./send-stream.ts";
import { closeWhenUnread } from "./slow-client.ts";
import { traced } from "./traced.ts";

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
    const endpoint = target && find(target.path);
    if (target === undefined) turnAway(request, response, text(400, "Bad Request"), options);
    else if (endpoint === undefined) turnAway(request, response, notFound(target, find), options);
    else serve({ endpoint, target, request, response }, options);
  };
}

/** A request that has come, and where its answer goes. */
type Exchange = {
  readonly endpoint: Endpoint;
  readonly target: RequestTarget;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** Answers what no endpoint is asked about, and writes that down; its path may be anything, and is not. */
function turnAway(
  { method }: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  { log }: Pick<ServerOptions, "log">,
): void {
  log.debug({ method, status: answer.status, client: response.socket?.remoteAddress }, "request turned away");
  send(response, answer, false);
}

/** Reads what else the request brings, and answers it. */
function serve(exchange: Exchange, options: ServerOptions): void {
  const { target, request, response } = exchange;
  // Go refuses a malformed escape before it looks at anything else.
  if (/%(?![0-9a-f]{2})/i.test(target.rawQuery)) {
    turnAway(request, response, empty(500), options);
  } else if (request.method === "GET" || request.method === "HEAD") {
    respond(exchange, NOTHING, options);
  } else {
    void readBody(request, options.maxBodyBytes).then(
      (bytes) => {
        if (bytes === undefined) turnAway(request, response, tooLong(exchange), options);
        else respond(exchange, bodyOf(bytes), options);
      },
      // The client went before it had sent all.
      () => response.destroy(),
    );
  }
}

type Body = Pick<ApiRequest, "body" | "bytes">;

/** The refusal of a body that is not read to its end, in the endpoint's words if its length is known. */
function tooLong({ endpoint, request }: Exchange): Answer {
  const bytes = Number(request.headers["content-length"] ?? 0);
  const told = bytes > 0 ? endpoint.tooLong?.(bytes) : undefined;
  return text(413, told ?? "Request body is too large", { Connection: "close" });
}

const NOTHING: Body = { body: "" };

/** A body as text, and as it came where that says something else. */
function bodyOf(bytes: Buffer): Body {
  return isUtf8(bytes) ? { body: bytes.toString() } : { body: bytes.toString(), bytes };
}

/**
 * Has the endpoint answer, and sends what it gives. While that takes long, only what is needed to send it is held: an agent has thousands
 * of requests that wait.
 */
function respond(exchange: Exchange, body: Body, { log, answered }: ServerOptions): void {
  const { endpoint, request, response } = exchange;
  const { method = "GET" } = request;
  const { path } = endpoint;
  const query = new URLSearchParams(exchange.target.rawQuery);
  const pretty = query.has("pretty");
  const beganAtMs = performance.now();
  const tell = (answer: Answer, problem?: string) => {
    const client = response.socket?.remoteAddress;
    const facts = { method, path, status: answer.status, seconds: (performance.now() - beganAtMs) / 1_000, client };
    answered?.(facts);
    if (problem === undefined) log.debug(facts, "request answered");
    else log.warn({ ...facts, problem }, "request failed");
    try {
      send(response, answer, pretty);
    } catch (error) {
      log.warn({ ...facts, problem: String(error) }, "answer not sent");
      response.destroy();
    }
  };
  const fail = (error: unknown) => {
    const { answer, problem } = answerForError(error);
    tell(answer, problem);
  };
  try {
    const answer = answerTo(exchange, method, query, body);
    if (answer instanceof Promise) void answer.then(tell, fail);
    else tell(answer);
  } catch (error) {
    fail(error);
  }
}

function answerTo(
  { endpoint, target, request, response }: Exchange,
  method: string,
  query: URLSearchParams,
  body: Body,
): Answer | Promise<Answer> {
  const { path, methods } = endpoint;
  const allow = { Allow: ["OPTIONS", ...Object.keys(methods)].join(",") };
  if (method === "OPTIONS") return empty(200, allow);
  const known = METHODS.find((name) => name === method);
  const handler = known === undefined ? undefined : methods[known];
  if (known === undefined || handler === undefined) return text(405, `method ${method} not allowed`, allow);
  const question: ApiRequest = {
    method: known,
    path: target.path,
    rest: target.path.slice(path.length),
    query,
    headers: request.headers,
    ...body,
    client: new Waiting(response),
  };
  refuseNamespaces(question);
  return traced(path, question, handler);
}

/** Whoever waits for a response. */
class Waiting implements Client {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  whenGone(listener: () => void): void {
    this.#response.on("close", listener);
  }
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
