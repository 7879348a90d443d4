import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AnswerHead, Asked, WayBack } from "./exchange.ts";
import { byName, endToEnd, type Fields, fieldsOf, flatInLowerCase } from "./fields.ts";

/** A request that came by HTTP/2. */
export function askedByHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): Asked {
  let trailers: Fields = [];
  stream.once("trailers", (_, __, rawTrailers: readonly string[]) => {
    trailers = fieldsOf(rawTrailers);
  });
  const told = headers["content-length"];
  return {
    method: headers[":method"] ?? "GET",
    target: headers[":path"] ?? "/",
    authority: headers[":authority"] ?? headers.host ?? "",
    fields: fieldsOf(raw),
    length: stream.endAfterHeaders ? 0 : told === undefined ? "unknown" : Number(told),
    body: stream,
    trailers: () => trailers,
  };
}

/** Answers by HTTP/2. */
export class Http2WayBack implements WayBack {
  readonly body: ServerHttp2Stream;
  #trailers: Fields = [];

  constructor(stream: ServerHttp2Stream) {
    this.body = stream;
    // Without any, the end of the stream is sent by itself.
    stream.on("wantTrailers", () => stream.sendTrailers(byName(this.#trailers)));
  }

  begin({ status, fields, last }: AnswerHead): void {
    const head = [":status", String(status), ...flatInLowerCase(endToEnd(fields))];
    this.body.respond(head, { endStream: last, waitForTrailers: !last });
  }

  end(trailers: Fields): void {
    this.#trailers = trailers;
    this.body.end();
  }

  cutOff(): void {
    this.body.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
