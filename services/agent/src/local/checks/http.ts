import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { CheckMethod } from "../local-service.ts";
import { Captured } from "./captured.ts";
import { type Asked, redirected } from "./redirect.ts";
import type { CheckResult } from "./result.ts";

// An import would give every name of the module, and so load all of undici for one of them: 4 MB.
const { request: httpRequest } = process.getBuiltinModule("node:http");

type HttpMethod = Extract<CheckMethod, { kind: "http" }>;

/** "Too many requests" says that the service is there but busy. */
const TOO_MANY_REQUESTS = 429;

/** As Go's client has it: so many requests for one look, and no more. */
const MAX_REQUESTS = 10;

/**
 * Asks a URL: passing for a 2xx, warning for 429, critical for anything else or no answer in time. Unless the check says otherwise,
 * redirects are followed, all within its timeout.
 */
export async function checkHttp(method: HttpMethod): Promise<CheckResult> {
  try {
    const { response, body } = await answerOf(method);
    const status = response.statusCode ?? 0;
    const output = `HTTP ${method.method} ${method.url}: ${status} ${response.statusMessage ?? ""} Output: ${body}`;
    if (status >= 200 && status < 300) return { status: "passing", output };
    return { status: status === TOO_MANY_REQUESTS ? "warning" : "critical", output };
  } catch (error) {
    return { status: "critical", output: `${goMethod(method.method)} "${method.url}": ${(error as Error).message}` };
  }
}

type HttpAnswer = { readonly response: IncomingMessage; readonly body: string };

async function answerOf(check: HttpMethod): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(check.timeoutMs);
  let asked: Asked = { url: check.url, method: check.method, headers: headersOf(check), body: check.body };
  for (let request = 1; ; request++) {
    const answer = await ask(asked, check, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", { cause: error });
    });
    const { statusCode = 0, headers } = answer.response;
    const next = check.followRedirects ? redirected(asked, statusCode, headers.location) : undefined;
    if (next === undefined) return answer;
    if (request === MAX_REQUESTS) throw new Error(`stopped after ${MAX_REQUESTS} redirects`);
    asked = next;
  }
}

function ask({ url, method, headers, body: sent }: Asked, check: HttpMethod, signal: AbortSignal): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const options = {
    method,
    headers,
    // Each look is a connection of its own, so that an old one cannot hide that no new one is taken.
    agent: false,
    signal,
    // A health check that was told so; it sends nothing secret and nothing is routed by what it reads.
    rejectUnauthorized: !check.skipVerify,
  };
  const request = send(url, options, (response) => {
    const body = new Captured(check.outputMaxBytes);
    response.on("data", (part: Buffer) => body.add(part));
    response.on("end", () => resolve({ response, body: body.text }));
    response.on("error", reject);
  });
  request.on("error", reject);
  request.end(sent);
  return promise;
}

/** The headers that were asked for, whatever their case, and Consul's own where they say nothing. */
function headersOf({ headers }: HttpMethod): Record<string, string | string[]> {
  const given = Object.entries(headers).map(([name, values]) => {
    const [only = ""] = values;
    // Of some headers, Host above all, Node takes no list.
    return [name.toLowerCase(), values.length > 1 ? [...values] : only] as const;
  });
  return { "user-agent": "Consul Health Check", accept: "text/plain, text/*, */*", ...Object.fromEntries(given) };
}

/** Go's client names the method in an error as a word: "Get". */
function goMethod(method: string): string {
  return method.charAt(0).toUpperCase() + method.slice(1).toLowerCase();
}
