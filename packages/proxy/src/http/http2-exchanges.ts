import type { ExchangeEvents } from "./exchanges.ts";
import type { Field } from "./field-table.ts";
import { type FrameEvents, FrameReader } from "./frame-reader.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { type Answer, type Http2Request, readAnswer, readRequest } from "./http2-head.ts";

type Asked = Http2Request & {
  readonly askedMs: number;
  requestBytes: number;
  responseBytes: number;
  status?: number;
  grpcStatus?: number;
};

/** How a client begins. @see RFC 9113 section 3.4 */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const NOTHING = Buffer.alloc(0);

/** Requests under way; whoever sends more at once is not followed, so that what is kept has a bound. */
export const MAX_STREAMS = 1_024;

/**
 * Pairs the requests of an HTTP/2 connection with their answers, while both pass by. What a server sends without being asked (a promise)
 * is understood and not told of.
 */
export class Http2Exchanges {
  readonly #events: ExchangeEvents;
  readonly #requests: FrameReader;
  readonly #answers: FrameReader;
  readonly #requestHeads = new HpackDecoder();
  readonly #answerHeads = new HpackDecoder();
  /** By the streams that they are on. */
  readonly #asked = new Map<number, Asked>();
  #lastStream = 0;

  constructor(events: ExchangeEvents) {
    this.#events = events;
    const common = {
      reset: (stream) => this.#settle(stream, false),
      lost: (reason) => this.#lose(reason),
    } satisfies Partial<FrameEvents>;
    const requests: FrameEvents = {
      ...common,
      head: (stream, block) => this.#ask(stream, this.#fieldsOf(this.#requestHeads, block)),
      data: (stream, bytes) => {
        const asked = this.#asked.get(stream);
        if (asked !== undefined) asked.requestBytes += bytes;
      },
      // It is over with its answer.
      ended: () => {},
    };
    const answers: FrameEvents = {
      ...common,
      head: (stream, block, kind) => {
        const fields = this.#fieldsOf(this.#answerHeads, block);
        if (kind === "own") this.#answer(stream, readAnswer(fields));
      },
      data: (stream, bytes) => {
        const asked = this.#asked.get(stream);
        if (asked !== undefined) asked.responseBytes += bytes;
      },
      ended: (stream) => this.#settle(stream, true),
    };
    this.#requests = new FrameReader(requests, PREFACE);
    this.#answers = new FrameReader(answers, NOTHING);
  }

  /** What the client sends. */
  toUpstream(bytes: Buffer): void {
    this.#requests.read(bytes);
  }

  /** What it is sent. */
  toClient(bytes: Buffer): void {
    this.#answers.read(bytes);
  }

  /** The connection has ended: tells of what was not answered. */
  end(): void {
    for (const stream of [...this.#asked.keys()]) this.#settle(stream, false);
    this.#stop();
  }

  #fieldsOf(heads: HpackDecoder, block: Buffer): readonly Field[] {
    const decoded = heads.decode(block);
    if (decoded.kind === "fields") return decoded.fields;
    this.#lose(decoded.reason);
    return [];
  }

  #ask(stream: number, fields: readonly Field[]): void {
    // Whatever comes on a stream that was there before is what follows a body.
    if (fields.length === 0 || stream <= this.#lastStream) return;
    this.#lastStream = stream;
    const request = readRequest(fields);
    if (request === undefined) this.#lose("what the client sends is no request");
    else if (this.#asked.size === MAX_STREAMS) this.#lose(`more than ${MAX_STREAMS} requests at once`);
    else {
      this.#asked.set(stream, { ...request, askedMs: this.#events.now(), requestBytes: 0, responseBytes: 0 });
      this.#events.asked(request.traceparent);
    }
  }

  #answer(stream: number, { status, grpcStatus }: Answer): void {
    const asked = this.#asked.get(stream);
    if (asked === undefined) return;
    // One below 200 announces the answer.
    if (status !== undefined && status >= 200) asked.status = status;
    if (grpcStatus !== undefined) asked.grpcStatus = grpcStatus;
  }

  #settle(stream: number, isWhole: boolean): void {
    const asked = this.#asked.get(stream);
    if (asked === undefined) return;
    this.#asked.delete(stream);
    const { askedMs, status, ...told } = asked;
    const seconds = (this.#events.now() - askedMs) / 1_000;
    this.#events.ended({ ...told, status, answered: isWhole && status !== undefined, seconds });
  }

  #lose(reason: string): void {
    this.#stop();
    this.#events.lost(reason);
  }

  /** What becomes of the requests that are under way cannot be known from here on. */
  #stop(): void {
    this.#requests.stop();
    this.#answers.stop();
    this.#asked.clear();
  }
}
