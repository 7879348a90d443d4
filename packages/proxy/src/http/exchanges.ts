import { bodyBy, type RequestLine, readRequestLine, readStatus } from "./message-head.ts";
import { type Body, type MessageHead, MessageReader } from "./message-reader.ts";

/** A request that has passed by, and what became of it. */
export type Exchange = RequestLine & {
  /** The host that was asked, where the request says. */
  readonly host: string | undefined;
  readonly traceparent: string | undefined;
  /** Absent where no answer came. */
  readonly status: number | undefined;
  /** What became of a call of gRPC, where the answer says: 0 is well. */
  readonly grpcStatus?: number;
  /** Whether the answer came, and to its end. */
  readonly answered: boolean;
  /** Payload of the bodies. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the last byte of the request's head to the last byte of the answer. */
  readonly seconds: number;
};

/** Whoever is told of exchanges, and by what clock. */
export type ExchangeEvents = {
  /** A request has begun, with this `traceparent` if any. */
  readonly asked: (traceparent: string | undefined) => void;
  /** It is over; each request is told of once. */
  readonly ended: (exchange: Exchange) => void;
  /** What passes by cannot be followed any more, for this reason. */
  readonly lost: (reason: string) => void;
  /** Milliseconds, from wherever. */
  readonly now: () => number;
};

type Asked = RequestLine & {
  readonly host: string | undefined;
  readonly traceparent: string | undefined;
  readonly askedMs: number;
  requestBytes: number;
  status?: number;
};

/** Requests that wait for their answers; whoever sends more at once is not followed, so that what is kept has a bound. */
const MAX_WAITING = 256;

const NO_BODY: Body = { kind: "counted", bytes: 0 };
const DEAF: Body = { kind: "deaf" };

/** Pairs the requests of an HTTP/1.1 connection with their answers, while both pass by. */
export class Exchanges {
  readonly #events: ExchangeEvents;
  readonly #requests: MessageReader;
  readonly #answers: MessageReader;
  readonly #waiting: Asked[] = [];
  /** The request whose body passes by. */
  #sending: Asked | undefined;
  #interim = false;
  #over = false;

  constructor(events: ExchangeEvents) {
    this.#events = events;
    const lost = (reason: string) => this.#lose(reason);
    this.#requests = new MessageReader({
      begun: (head) => this.#ask(head),
      ended: (bytes) => {
        if (this.#sending !== undefined) this.#sending.requestBytes = bytes;
        this.#sending = undefined;
      },
      lost,
    });
    this.#answers = new MessageReader({
      begun: (head) => this.#answer(head),
      ended: (bytes) => this.#settle(bytes),
      lost,
    });
  }

  /** What the client sends. */
  toUpstream(bytes: Buffer): void {
    if (!this.#over) this.#requests.read(bytes);
  }

  /** What it is sent. */
  toClient(bytes: Buffer): void {
    if (!this.#over) this.#answers.read(bytes);
  }

  /** The connection has ended: tells of what was not answered. */
  end(): void {
    if (!this.#over) this.#answers.end();
    this.#over = true;
    const bytes = this.#answers.bodyBytes;
    for (const asked of this.#waiting.splice(0)) {
      this.#tell(asked, false, asked.status === undefined ? 0 : bytes);
    }
  }

  #ask(head: MessageHead): Body {
    const line = readRequestLine(head.start);
    if (line === undefined) return this.#lose("what the client sends is no request");
    const body = bodyBy(head, NO_BODY);
    if (body === undefined) return this.#lose("the length of a request is not told");
    if (this.#waiting.length === MAX_WAITING) return this.#lose(`more than ${MAX_WAITING} requests at once`);
    const { fields } = head;
    const traceparent = fields.get("traceparent");
    const asked = { ...line, host: fields.get("host"), traceparent, askedMs: this.#events.now(), requestBytes: 0 };
    this.#waiting.push(asked);
    this.#sending = asked;
    this.#events.asked(traceparent);
    return body;
  }

  #answer(head: MessageHead): Body {
    const status = readStatus(head.start);
    const [asked] = this.#waiting;
    if (status === undefined) return this.#lose("what the far side sends is no answer");
    if (asked === undefined) return this.#lose("an answer to no request");
    this.#interim = status < 200 && status !== 101;
    if (this.#interim) return NO_BODY;
    asked.status = status;
    if (status === 101 || (asked.method === "CONNECT" && status < 300)) {
      this.#settle(0);
      return this.#stop();
    }
    if (asked.method === "HEAD" || status === 204 || status === 304) return NO_BODY;
    return bodyBy(head, { kind: "until-end" }) ?? this.#lose("the length of an answer is not told");
  }

  #settle(responseBytes: number): void {
    if (this.#interim) return;
    const asked = this.#waiting.shift();
    if (asked !== undefined) this.#tell(asked, true, responseBytes);
  }

  #tell(asked: Asked, answered: boolean, responseBytes: number): void {
    const { askedMs, status, ...told } = asked;
    const requestBytes = asked === this.#sending ? this.#requests.bodyBytes : asked.requestBytes;
    const seconds = (this.#events.now() - askedMs) / 1_000;
    this.#events.ended({ ...told, status, answered, requestBytes, responseBytes, seconds });
  }

  #lose(reason: string): Body {
    if (!this.#over) this.#events.lost(reason);
    return this.#stop();
  }

  /** What becomes of the requests that still wait cannot be known from here on. */
  #stop(): Body {
    this.#over = true;
    this.#waiting.length = 0;
    return DEAF;
  }
}
