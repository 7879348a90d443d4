import type { Agent, ClientRequest } from "node:http";
import type { Answer, WayOn } from "./exchange.ts";
import { type Fields, fieldsOf, firstValue, flat, pairs, without } from "./fields.ts";
import type { Onward } from "./onward.ts";

// An import would load all of undici: see request-servers.ts.
const { request: ask } = process.getBuiltinModule("node:http");

const NOT_SENT: ReadonlySet<string> = new Set(["te", "content-length"]);

/** Answers to which no body belongs. @see RFC 9110 section 6.4.1 */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Asks by HTTP/1.1. */
export class Http1WayOn implements WayOn {
  readonly body: ClientRequest;
  readonly answer: Promise<Answer>;

  /** Throws when the request cannot be written. */
  constructor({ method, target, authority, fields, length }: Onward, agent: Agent) {
    // Framing is between neighbours; a method that usually comes with a body says so when there is none.
    const framing = framingOf(method, fields, length);
    const headers = flat([["host", authority], ...without(fields, NOT_SENT), ...framing]);
    this.body = ask({ agent, method, path: target, headers });
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.body.once("error", reject);
    this.body.once("response", (response) => {
      resolve({
        status: response.statusCode ?? 502,
        fields: fieldsOf(response.rawHeaders),
        last: method === "HEAD" || BODILESS.has(response.statusCode ?? 0),
        body: response,
        trailers: () => fieldsOf(response.rawTrailers),
      });
    });
  }

  /** Whether it went by a connection that others had gone by before, which may have been closed in the same moment. */
  get reused(): boolean {
    return this.body.reusedSocket;
  }

  end(trailers: Fields): void {
    if (trailers.length > 0) this.body.addTrailers(pairs(trailers));
    this.body.end();
  }

  cutOff(): void {
    this.body.destroy();
  }
}

function framingOf(method: string, fields: Fields, length: Onward["length"]): Fields {
  if (length === "unknown") return [["transfer-encoding", "chunked"]];
  const told = firstValue(fields, "content-length") !== undefined || /^(POST|PUT|PATCH)$/.test(method);
  return told ? [["content-length", String(length)]] : [];
}
