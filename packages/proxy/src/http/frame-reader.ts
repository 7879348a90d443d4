import { blockOf, FLAG, FRAME, FRAME_HEADER_BYTES, type FrameHeader, has, readFrameHeader } from "./frames.ts";

/** Whoever is told of what the frames of one direction bring. */
export type FrameEvents = {
  /** A head has come on this stream, or that of another which is promised on it. Its block is still compressed, and only lent. */
  readonly head: (stream: number, block: Buffer, kind: "own" | "promised") => void;
  /** So much payload has come. */
  readonly data: (stream: number, bytes: number) => void;
  /** Nothing more comes on this stream. */
  readonly ended: (stream: number) => void;
  /** The stream was given up. */
  readonly reset: (stream: number) => void;
  /** What comes cannot be followed any more, for this reason; nothing more is read. */
  readonly lost: (reason: string) => void;
};

/** Longest header block, in bytes, and in frames: of the usual size it takes four. */
export const MAX_BLOCK_BYTES = 64 * 1024;
const MAX_BLOCK_FRAMES = 32;

/** What is read next as a whole; or `payload`, which passes by; or `deaf`: nothing. */
type Stage = "opening" | "header" | "padding" | "block" | "payload" | "deaf";

/** A header block, which may go on in further frames. */
type Head = { readonly begun: FrameHeader; block: Buffer; frames: number };

const NOTHING = Buffer.alloc(0);

/**
 * Follows one direction of an HTTP/2 connection, frame by frame, while its bytes pass by; payload is counted and not looked at. However
 * the bytes are cut into pieces, what is told comes to the same. Keeps no more than a header block, and nothing of `bytes`.
 *
 * @see RFC 9113 sections 3.4, 4 and 6
 */
export class FrameReader {
  readonly #events: FrameEvents;
  readonly #opening: Buffer;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #stage: Stage = "header";
  /** What is read as a whole, and how much of it is there. */
  #wanted: Buffer = this.#header;
  #have = 0;
  #frame: FrameHeader | undefined;
  /** What is left of a frame that passes by: payload that counts, then what does not. */
  #payload = 0;
  #rest = 0;
  #head: Head | undefined;

  /** @param opening - what comes before the first frame. */
  constructor(events: FrameEvents, opening: Buffer) {
    this.#events = events;
    this.#opening = opening;
    if (opening.length > 0) this.#expect("opening", Buffer.alloc(opening.length));
  }

  /** Reads on; never throws. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#stage !== "deaf") {
      at += this.#stage === "payload" ? this.#pass(bytes.length - at) : this.#gather(bytes, at);
    }
  }

  /** Nothing more is read, and nothing kept. */
  stop(): void {
    this.#expect("deaf", NOTHING);
    this.#head = undefined;
  }

  #pass(available: number): number {
    const counted = Math.min(this.#payload, available);
    const passed = counted + Math.min(this.#rest, available - counted);
    this.#payload -= counted;
    this.#rest -= passed - counted;
    if (counted > 0 && this.#frame !== undefined) this.#events.data(this.#frame.stream, counted);
    if (this.#payload + this.#rest === 0) this.#endFrame();
    return passed;
  }

  #gather(bytes: Buffer, at: number): number {
    const taken = bytes.copy(this.#wanted, this.#have, at);
    this.#have += taken;
    if (this.#have === this.#wanted.length) this.#take(this.#wanted);
    return taken;
  }

  #take(whole: Buffer): void {
    switch (this.#stage) {
      case "opening":
        if (whole.equals(this.#opening)) this.#expect("header", this.#header);
        else this.#lose("what is sent does not begin as HTTP/2");
        return;
      case "header":
        this.#beginFrame(readFrameHeader(whole));
        return;
      case "padding":
        this.#beginPadded(whole.readUInt8());
        return;
      default:
        this.#endBlock(whole);
    }
  }

  #beginFrame(frame: FrameHeader): void {
    const { length, type } = frame;
    if (this.#frame === undefined && type !== FRAME.settings) {
      this.#lose("what is sent does not begin as HTTP/2");
      return;
    }
    this.#frame = frame;
    // A head is in one piece, or goes on in frames with nothing between them.
    const { stream } = this.#head?.begun ?? {};
    if (stream === undefined ? type === FRAME.continuation : type !== FRAME.continuation || stream !== frame.stream) {
      this.#lose("a head that is broken off");
      return;
    }
    if (type === FRAME.headers || type === FRAME.pushPromise) this.#head = { begun: frame, block: NOTHING, frames: 0 };
    if (this.#head !== undefined) this.#beginBlock(this.#head, length);
    else if (type !== FRAME.data) this.#passOver(0, length);
    else if (length > 0 && has(frame, FLAG.padded)) this.#expect("padding", Buffer.alloc(1));
    else this.#passOver(length, 0);
  }

  #beginPadded(padding: number): void {
    const payload = (this.#frame?.length ?? 0) - 1 - padding;
    if (payload < 0) this.#lose("padding that is longer than its frame");
    else this.#passOver(payload, padding);
  }

  #passOver(payload: number, rest: number): void {
    this.#payload = payload;
    this.#rest = rest;
    this.#expect("payload", NOTHING);
    if (payload + rest === 0) this.#endFrame();
  }

  #endFrame(): void {
    this.#expect("header", this.#header);
    const frame = this.#frame;
    if (frame?.type === FRAME.data && has(frame, FLAG.endStream)) this.#events.ended(frame.stream);
    if (frame?.type === FRAME.resetStream) this.#events.reset(frame.stream);
  }

  #beginBlock(head: Head, length: number): void {
    head.frames += 1;
    if (head.block.length + length > MAX_BLOCK_BYTES) this.#lose(`a head of more than ${MAX_BLOCK_BYTES} bytes`);
    else if (head.frames > MAX_BLOCK_FRAMES) this.#lose(`a head in more than ${MAX_BLOCK_FRAMES} frames`);
    else if (length === 0) this.#endBlock(NOTHING);
    else this.#expect("block", Buffer.allocUnsafe(length));
  }

  #endBlock(payload: Buffer): void {
    const [frame, head] = [this.#frame, this.#head];
    const block = frame && blockOf(frame, payload);
    if (frame === undefined || head === undefined || block === undefined) {
      this.#lose("padding that is longer than its frame");
      return;
    }
    this.#expect("header", this.#header);
    head.block = head.frames === 1 ? block : Buffer.concat([head.block, block]);
    if (!has(frame, FLAG.endHeaders)) return;
    this.#head = undefined;
    const { begun } = head;
    this.#events.head(begun.stream, head.block, begun.type === FRAME.pushPromise ? "promised" : "own");
    if (begun.type === FRAME.headers && has(begun, FLAG.endStream)) this.#events.ended(begun.stream);
  }

  #expect(stage: Stage, wanted: Buffer): void {
    this.#stage = stage;
    this.#wanted = wanted;
    this.#have = 0;
  }

  #lose(reason: string): void {
    this.stop();
    this.#events.lost(reason);
  }
}
