import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { CheckMethod } from "../local-service.ts";
import { type CheckResult, keptOutput, MAX_OUTPUT_BYTES } from "./result.ts";

// An import would give every name of the module, and so load all of undici for one of them: 4 MB.
const { request: httpRequest } = process.getBuiltinModule("node:http");

type HttpMethod = Extract<CheckMethod, { kind: "http" }>;

/** "Too many requests" says that the service is there but busy. */
const TOO_MANY_REQUESTS = 429;

/** Asks a URL: passing for a 2xx, warning for 429, critical for anything else or no answer in time. Redirects are not followed. */
export async function checkHttp(method: HttpMethod): Promise<CheckResult> {
  try {
    const { response, body } = await ask(method);
    const status = response.statusCode ?? 0;
    const output = `HTTP ${method.method} ${method.url}: ${status} ${response.statusMessage ?? ""} Output: ${body}`;
    if (status >= 200 && status < 300) return { status: "passing", output: keptOutput(output) };
    return { status: status === TOO_MANY_REQUESTS ? "warning" : "critical", output: keptOutput(output) };
  } catch (error) {
    return { status: "critical", output: `${goMethod(method.method)} "${method.url}": ${(error as Error).message}` };
  }
}

function ask({
  url,
  method,
  headers,
  body,
  skipVerify,
  timeoutMs,
}: HttpMethod): Promise<{ response: IncomingMessage; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ response: IncomingMessage; body: string }>();
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const options = {
    method,
    headers: { "User-Agent": "Consul Health Check", Accept: "text/plain, text/*, */*", ...mutable(headers) },
    signal: AbortSignal.timeout(timeoutMs),
    // A health check that was told so; it sends nothing secret and nothing is routed by what it reads.
    rejectUnauthorized: !skipVerify,
  };
  const request = send(url, options, (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    response.on("data", (part: Buffer) => {
      // What is not kept is read all the same, so that the connection ends in order.
      if (size < MAX_OUTPUT_BYTES) parts.push(part);
      size += part.length;
    });
    response.on("end", () => resolve({ response, body: Buffer.concat(parts).toString() }));
    response.on("error", reject);
  });
  request.on("error", reject);
  request.end(body);
  return promise;
}

function mutable(headers: HttpMethod["headers"]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]));
}

/** Go's client names the method in an error as a word: "Get". */
function goMethod(method: string): string {
  return method.charAt(0).toUpperCase() + method.slice(1).toLowerCase();
}
