/** How a message begins: its first line, and its fields by their names in lower case. */
export type MessageHead = { readonly start: string; readonly fields: ReadonlyMap<string, string> };

/** How long the body of a message is. `deaf` is one after which nothing more is understood, such as what follows an upgrade. */
export type Body =
  | { readonly kind: "counted"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-end" }
  | { readonly kind: "deaf" };

/** Whoever is told of messages. */
export type MessageEvents = {
  /** A head was read; gives the length of the body that follows. */
  readonly begun: (head: MessageHead) => Body;
  /** A message is over; so much payload its body had. */
  readonly ended: (bodyBytes: number) => void;
  /** What comes is no HTTP/1.1, for this reason; nothing more is read. */
  readonly lost: (reason: string) => void;
};

/** Longest head, and longest trailer, in bytes: Envoy's limit is 60 KB. */
export const MAX_HEAD_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;

type Stage = "start" | "field" | "chunk-size" | "chunk-end" | "trailer" | "body" | "chunk" | "until-end" | "deaf";

/**
 * Follows one direction of an HTTP/1.1 connection, message by message, while its bytes pass by; of a body it looks at no more than how long
 * it is. However the bytes are cut into pieces, what is told is the same. Keeps at most `MAX_HEAD_BYTES`, and nothing of `bytes`.
 *
 * @see RFC 9112 sections 2 to 7
 */
export class MessageReader {
  readonly #events: MessageEvents;
  #stage: Stage = "start";
  /** What there is of a line that is not whole. */
  #line = "";
  #headBytes = 0;
  #start = "";
  #fields = new Map<string, string>();
  #left = 0;
  #bodyBytes = 0;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Payload of the body that passes by, so far. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Reads on; never throws. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#stage !== "deaf") {
      const isPayload = this.#stage === "body" || this.#stage === "chunk" || this.#stage === "until-end";
      at = isPayload ? this.#skip(bytes, at) : this.#readLine(bytes, at);
    }
  }

  /** The direction has ended; nothing is to be read any more. */
  end(): void {
    if (this.#stage === "until-end") this.#endMessage();
    this.#stage = "deaf";
  }

  #skip(bytes: Buffer, at: number): number {
    const skipped = Math.min(this.#left, bytes.length - at);
    this.#left -= skipped;
    this.#bodyBytes += skipped;
    if (this.#left === 0 && this.#stage === "chunk") this.#stage = "chunk-end";
    else if (this.#left === 0) this.#endMessage();
    return at + skipped;
  }

  #readLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed === -1 ? bytes.length : feed;
    this.#headBytes += end - at;
    if (this.#headBytes > MAX_HEAD_BYTES) {
      this.#lose(`a head of more than ${MAX_HEAD_BYTES} bytes`);
      return end;
    }
    this.#line += bytes.toString("latin1", at, end);
    if (feed === -1) return end;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#take(line);
    return feed + 1;
  }

  #take(line: string): void {
    switch (this.#stage) {
      case "start":
        // Empty lines before a message are to be passed over.
        if (line === "") return;
        this.#start = line;
        this.#stage = "field";
        return;
      case "field":
        if (line === "") this.#beginBody();
        else this.#addField(line);
        return;
      case "chunk-size":
        this.#beginChunk(line);
        return;
      case "chunk-end":
        if (line === "") this.#expect("chunk-size");
        else this.#lose("a chunk that is longer than it says");
        return;
      default:
        if (line === "") this.#endMessage();
    }
  }

  #addField(line: string): void {
    const colon = line.indexOf(":");
    if (colon <= 0) {
      this.#lose("a line in the head that is no field");
      return;
    }
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = this.#fields.get(name);
    this.#fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  #beginBody(): void {
    const body = this.#events.begun({ start: this.#start, fields: this.#fields });
    this.#fields = new Map();
    this.#bodyBytes = 0;
    switch (body.kind) {
      case "counted":
        this.#left = body.bytes;
        if (body.bytes === 0) this.#endMessage();
        else this.#expect("body");
        return;
      case "chunked":
        this.#expect("chunk-size");
        return;
      case "until-end":
        this.#left = Number.POSITIVE_INFINITY;
        this.#expect("until-end");
        return;
      case "deaf":
        this.#stage = "deaf";
    }
  }

  #beginChunk(line: string): void {
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line) ?? [];
    if (digits === undefined) {
      this.#lose("a chunk without its size");
      return;
    }
    this.#left = Number.parseInt(digits, 16);
    this.#expect(this.#left === 0 ? "trailer" : "chunk");
  }

  #expect(stage: Stage): void {
    this.#stage = stage;
    this.#headBytes = 0;
  }

  #endMessage(): void {
    this.#expect("start");
    this.#events.ended(this.#bodyBytes);
  }

  #lose(reason: string): void {
    this.#stage = "deaf";
    this.#line = "";
    this.#events.lost(reason);
  }
}
