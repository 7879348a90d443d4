import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerHead, Asked, WayBack } from "./exchange.ts";
import { endToEnd, type Fields, fieldsOf, flat, pairs } from "./fields.ts";

/** A request that came by HTTP/1. */
export function askedByHttp1(request: IncomingMessage): Asked {
  const { method = "GET", url = "/", headers } = request;
  // A proxy may be asked by the whole URL, whose host then goes before the field. @see RFC 9112 section 3.2.2
  const [, host, target] = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(url) ?? [];
  return {
    method,
    target: target === undefined ? url : target.replace(/^(?!\/)/, "/"),
    authority: host ?? headers.host ?? "",
    fields: fieldsOf(request.rawHeaders),
    length: headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : "unknown",
    body: request,
    trailers: () => fieldsOf(request.rawTrailers),
  };
}

/** Answers by HTTP/1. */
export class Http1WayBack implements WayBack {
  readonly body: ServerResponse;
  readonly #last: () => boolean;

  /** @param last - whether the connection is to end with this answer. */
  constructor(response: ServerResponse, last: () => boolean) {
    this.body = response;
    this.#last = last;
    // Of a client that has left; that is told by its end.
    response.on("error", () => {});
  }

  begin({ status, fields, last }: AnswerHead): void {
    const parting: Fields = this.#last() ? [["connection", "close"]] : [];
    this.body.writeHead(status, flat([...endToEnd(fields), ...parting]));
    if (last) this.body.end();
    else this.body.flushHeaders();
  }

  end(trailers: Fields): void {
    if (trailers.length > 0) this.body.addTrailers(pairs(trailers));
    this.body.end();
  }

  cutOff(): void {
    this.body.destroy();
  }
}
