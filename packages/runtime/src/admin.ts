import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import { withoutSecrets } from "./secrets.ts";

// An import would give every name that the module has, and so load all of undici for `http.WebSocket`: 4 MB that nobody uses.
const { createServer } = process.getBuiltinModule("node:http");

/** Answers one admin path: what it returns is sent as JSON, without secrets. */
export type AdminHandler = (query: URLSearchParams) => unknown;

/** Something that can be changed while the process runs, by PUT with `?<name>=<value>` or a body of JSON, `{"<name>": "<value>"}`. */
export type AdminSetting = {
  readonly name: string;
  readonly description: string;
  readonly read: () => string;
  /** Changes it; gives what is wrong with the value, and what would not be, when it cannot. */
  readonly change: (value: string | undefined) => string | undefined;
};

export type AdminOptions = {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
};

type Route = {
  readonly description: string;
  readonly answer: (query: URLSearchParams) => Promise<AdminAnswer> | AdminAnswer;
  /** What a PUT does, where that is something. */
  readonly put?: (query: URLSearchParams, body: string) => AdminAnswer;
};

/** What a path is answered with; `type` is the body's content type. */
export type AdminAnswer = { readonly status: number; readonly type: string; readonly body: string };

const JSON_TYPE = "application/json; charset=utf-8";
const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The server by which operators look into a process: /healthz, /readyz, /metrics and what the service adds. It changes nothing but its
 * settings, asks for no credentials, and so listens on loopback unless told otherwise. No page of a browser's can change a setting: PUT
 * is not among what browsers send elsewhere without asking.
 */
export class AdminServer {
  readonly #routes = new Map<string, Route>();
  readonly #server: Server;
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    const { readiness, metrics } = options;
    this.#add("/healthz", "200 while the process answers", () => json(200, { status: "alive" }));
    this.#add("/readyz", "200 when ready, else 503 with what is waited for", () => {
      const report = readiness.report();
      return json(report.ready ? 200 : 503, report);
    });
    this.#add("/metrics", "metrics in Prometheus' text format", async () => ({
      status: 200,
      type: PROMETHEUS_TYPE,
      body: await metrics.text(),
    }));
  }

  /** Adds a path whose answer is what `handler` returns, as JSON. `undefined` answers 404. Adding a path again replaces it. */
  route(path: string, description: string, handler: AdminHandler): void {
    this.#add(path, description, async (query) => {
      const value = await handler(query);
      return value === undefined ? json(404, { error: `nothing at ${path} for this query` }) : json(200, value);
    });
  }

  /** Adds a setting, which is read by GET and changed by PUT. */
  setting(path: string, { name, description, read, change }: AdminSetting): void {
    const told = () => json(200, { [name]: read() });
    const put = (query: URLSearchParams, body: string) => {
      const problem = change(query.get(name) ?? fieldOf(body, name));
      if (problem !== undefined) return json(400, { error: problem });
      this.#options.log.warn({ setting: name, value: read() }, "setting changed");
      return told();
    };
    this.#routes.set(path, { description: `${description}; PUT ?${name}=… changes it`, answer: told, put });
  }

  /** What a GET of `url`, a path and perhaps a query, is answered with, for whoever asks by another way than HTTP. Never rejects. */
  page(url: string): Promise<AdminAnswer> {
    return this.#answer({ method: "GET", url });
  }

  /** Listens; resolves with the port. Rejects with the system's error when the address cannot be had. */
  async listen(): Promise<number> {
    const { address, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, address, resolve);
    });
    // A server that listens on a host and port has an address of this form.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and ends what is open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #add(path: string, description: string, answer: Route["answer"]): void {
    this.#routes.set(path, { description, answer });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = request.method === "PUT" ? await bodyOf(request) : "";
    const { status, type, body } = await this.#answer(request, sent);
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #answer({ method, url = "/" }: Pick<IncomingMessage, "method" | "url">, sent = ""): Promise<AdminAnswer> {
    const [path = "/", query = ""] = url.split("?", 2);
    const put = method === "PUT" ? this.#routes.get(path)?.put : undefined;
    if (put !== undefined) return put(new URLSearchParams(query), sent);
    if (method !== "GET" && method !== "HEAD") return json(405, { error: `method ${method} not allowed` });
    const route = this.#routes.get(path);
    if (route === undefined) return json(404, { error: `no such path: ${path}`, paths: this.#paths() });
    try {
      return await route.answer(new URLSearchParams(query));
    } catch (error) {
      this.#options.log.error({ path, error }, "admin path failed");
      return json(500, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  #paths(): Record<string, string> {
    return Object.fromEntries([...this.#routes].map(([path, { description }]) => [path, description]));
  }
}

/** As long as any setting is; what is longer is cut, and then is no JSON. */
const MOST_SENT = 1_000;

/** What a request sends; what breaks off is as if it had sent nothing. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let sent = "";
  try {
    for await (const chunk of request.setEncoding("utf8")) if (sent.length < MOST_SENT) sent += chunk;
  } catch {
    return "";
  }
  return sent.slice(0, MOST_SENT);
}

/** A field of an object in JSON; undefined when there is no such text in it. */
function fieldOf(body: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body)?.[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function json(status: number, value: unknown): AdminAnswer {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(withoutSecrets(value), undefined, 2)}\n` };
}
