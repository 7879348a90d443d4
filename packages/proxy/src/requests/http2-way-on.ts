import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Answer, WayOn } from "./exchange.ts";
import { byName, type Fields, fieldsOf, flatInLowerCase } from "./fields.ts";
import type { Onward } from "./onward.ts";

/** Asks by HTTP/2. */
export class Http2WayOn implements WayOn {
  readonly body: ClientHttp2Stream;
  readonly answer: Promise<Answer>;
  #trailers: Fields = [];

  /** Throws when the session has ended. */
  constructor({ method, target, authority, scheme, fields, length }: Onward, session: ClientHttp2Session) {
    const pseudo = [":method", method, ":scheme", scheme, ":authority", authority, ":path", target];
    const endStream = length === 0;
    const stream = session.request([...pseudo, ...flatInLowerCase(fields)], {
      endStream,
      waitForTrailers: !endStream,
    });
    this.body = stream;
    // Without any, the end of the stream is sent by itself.
    stream.on("wantTrailers", () => stream.sendTrailers(byName(this.#trailers)));
    this.answer = answerOf(stream);
  }

  end(trailers: Fields): void {
    this.#trailers = trailers;
    this.body.end();
  }

  cutOff(): void {
    this.body.close(constants.NGHTTP2_CANCEL);
  }
}

function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let trailers: Fields = [];
  stream.once("trailers", (_, __, raw: readonly string[]) => {
    trailers = fieldsOf(raw);
  });
  stream.once("error", reject);
  stream.once("close", () => reject(new Error(`the stream was closed with the code ${stream.rstCode}`)));
  stream.once("response", (headers: IncomingHttpHeaders, flags: number, raw: readonly string[]) => {
    resolve({
      status: Number(headers[":status"]),
      fields: fieldsOf(raw),
      last: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
      body: stream,
      trailers: () => trailers,
    });
  });
  return promise;
}
