import { isUtf8 } from "node:buffer";
import { spanned, withRemoteParent } from "@causeway/runtime";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Answer, type ApiRequest, type Endpoint, empty, type Handler, METHODS, text } from "./endpoint.ts";
import { answerForError } from "./errors.ts";
import { refuseNamespaces } from "./namespaces.ts";
import { renderBody } from "./render-body.ts";
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
 * Makes the HTTP API from its endpoints. The caller has it `routing` what comes by `Listeners`; `inject` asks it without a socket.
 *
 * Paths, methods and statuses follow Go's ServeMux and Consul's wrapper around it: an unknown path is an empty 404, a wrong method a
 * 405 that names the right ones, and a body is read as JSON whatever its Content-Type says.
 */
export function createServer(endpoints: readonly Endpoint[], options: ServerOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: options.maxBodyBytes,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    logger: false,
    routerOptions: { maxParamLength: 16_384, querystringParser: () => ({}) },
    frameworkErrors: (error, _request, reply) => {
      send(reply, text(error.statusCode ?? 400, error.message), false);
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    send(reply, text(error.statusCode ?? 500, error.message), false);
  });
  server.setNotFoundHandler((request, reply) => send(reply, notFound(request, endpoints), false));
  for (const endpoint of endpoints) {
    const takesAllUnder = endpoint.path.endsWith("/") && endpoint.path !== "/";
    const url = takesAllUnder ? `${endpoint.path}*` : endpoint.path;
    server.all(url, (request, reply) => serve(endpoint, request, reply, options));
  }
  return server;
}

async function serve(
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  { log, answered }: ServerOptions,
): Promise<FastifyReply> {
  const question = request.url.indexOf("?");
  const rawQuery = question === -1 ? "" : request.url.slice(question + 1);
  // Go refuses a malformed escape before it looks at anything else.
  if (/%(?![0-9a-f]{2})/i.test(rawQuery)) return send(reply, empty(500), false);

  const query = new URLSearchParams(rawQuery);
  const { path } = endpoint;
  const { answer, problem } = await answerTo(endpoint, request, reply, query);
  const facts = { method: request.method, path, status: answer.status, seconds: reply.elapsedTime / 1_000 };
  answered?.(facts);
  if (problem === undefined) log.debug(facts, "request answered");
  else log.warn({ ...facts, problem }, "request failed");
  return send(reply, answer, query.has("pretty"));
}

async function answerTo(
  { path, methods }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  query: URLSearchParams,
): Promise<{ readonly answer: Answer; readonly problem?: string }> {
  const { method } = request;
  const allowed = Object.keys(methods);
  const allow = { Allow: ["OPTIONS", ...allowed].join(",") };
  if (method === "OPTIONS") return { answer: empty(200, allow) };
  const known = METHODS.find((name) => name === method);
  const handler = known === undefined ? undefined : methods[known];
  if (known === undefined || handler === undefined) {
    return { answer: text(405, `method ${method} not allowed`, allow) };
  }
  const rest = (request.params as Readonly<Record<string, string>>)["*"] ?? "";
  const question: ApiRequest = {
    method: known,
    path: path + rest,
    rest,
    query,
    headers: request.headers,
    ...bodyOf(request.body),
    get signal() {
      return whenGone(reply);
    },
  };
  try {
    refuseNamespaces(question);
    return { answer: await traced(path, question, handler) };
  } catch (error) {
    return answerForError(error);
  }
}

/** A body as text, and as it came where that says something else. */
function bodyOf(body: unknown): Pick<ApiRequest, "body" | "bytes"> {
  if (!Buffer.isBuffer(body)) return { body: "" };
  return isUtf8(body) ? { body: body.toString() } : { body: body.toString(), bytes: body };
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
function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once("close", () => reply.raw.writableFinished || gone.abort());
  return gone.signal;
}

/** ServeMux sends whoever forgot the slash at the end to the path that has it. */
function notFound(request: FastifyRequest, endpoints: readonly Endpoint[]): Answer {
  const [path = "", query] = request.url.split("?", 2);
  if (!endpoints.some((endpoint) => endpoint.path === `${path}/`)) return empty(404);
  return empty(301, { Location: query === undefined ? `${path}/` : `${path}/?${query}` });
}

/** Written past Fastify, which would put header names in lower case, and scripts look for them as Consul writes them. */
function send(reply: FastifyReply, answer: Answer, pretty: boolean): FastifyReply {
  const { status, headers, body } = answer;
  if (body.kind === "stream") {
    reply.hijack();
    sendStream(reply.raw, answer, body);
    return reply;
  }
  const { content, contentType } = renderBody(body, pretty);
  closeWhenUnread(reply.raw);
  reply.hijack();
  reply.raw.writeHead(status, {
    ...headers,
    ...(contentType === "" ? {} : { "Content-Type": contentType }),
    "Content-Length": content.byteLength,
  });
  reply.raw.end(content);
  return reply;
}
