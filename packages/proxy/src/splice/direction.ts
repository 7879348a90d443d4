import { BUFFER_BYTES, type Kernel } from "./kernel.ts";
import { SHUT_WR, wouldBlock } from "./linux.ts";
import type { Pipe, Pipes } from "./pipes.ts";

/**
 * How far a direction has got: it waits for its sockets, it has passed the end on, it has had its share of this turn and could go on at
 * once, or one of its sockets has failed; the error's number is then in `fault`.
 */
export type Progress = "waiting" | "finished" | "more" | "source-failed" | "sink-failed";

/** Bytes on their way from one side to the other, by whatever moves them. */
export interface Moving {
  /** Bytes that the sink has taken. */
  readonly bytes: number;
  /** What ended it: the number of the system's error, or what TLS calls it. */
  readonly fault: number | string;
  /** Whether it is to have a turn again, which is for whoever pumps it to know. */
  queued: boolean;
  /** Whether the source has ended and all that it sent has been passed on, and the end too. */
  readonly finished: boolean;
  /** Whether it holds something that the sink would not take. */
  readonly stuck: boolean;
  /** Says that the source is known to end after what it has sent: nothing more will be told of it. */
  foreseeEnd(): void;
  /** Moves what can be moved at this moment. */
  pump(): Progress;
  /** Lets go of what it holds. */
  close(): void;
}

/** What is needed to carry bytes. */
export type Carrier = { readonly kernel: Kernel; readonly pipes: Pipes };

/** What the source had sent before, all of which the sink is to have first, and how much of it the sink has taken. */
export type First = { readonly bytes: Uint8Array; readonly sent: number };

/** What comes in pieces smaller than this is received and sent, which is then cheaper than a pipe. */
const BULK_BYTES = 16 * 1024;

/** One connection must not keep the others waiting: it has its turn again after so many rounds. */
const ROUNDS_PER_TURN = 16;

/**
 * Bytes on their way from one socket to another. What the sink does not take stays in the pipe, the source is then not read from, and
 * whoever sends is held back by TCP.
 */
export class Direction implements Moving {
  /** Bytes that the sink has taken. */
  bytes = 0;
  /** The number of the error that ended it. */
  fault = 0;
  /** Whether it is to have a turn again, which is for whoever pumps it to know. */
  queued = false;
  #ends = false;
  #ended = false;
  #finished = false;
  #bulk = false;
  /** Received, and not sent yet. */
  #left: Buffer | undefined;
  #pipe: Pipe | undefined;
  #pipeHolds = 0;
  readonly #source: number;
  readonly #sink: number;
  readonly #carrier: Carrier;

  constructor(source: number, sink: number, carrier: Carrier, first?: First) {
    this.#source = source;
    this.#sink = sink;
    this.#carrier = carrier;
    if (first === undefined) return;
    const { bytes, sent } = first;
    this.bytes = sent;
    if (sent < bytes.length) this.#left = Buffer.from(bytes.subarray(sent));
  }

  /** Whether the source has ended and all that it sent has been passed on, and the end too. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Whether it holds something that the sink would not take. */
  get stuck(): boolean {
    return this.#left !== undefined || this.#pipeHolds > 0;
  }

  /** Says that the source is known to end after what it has sent: nothing more will be told of it. */
  foreseeEnd(): void {
    this.#ends = true;
  }

  /** Moves what can be moved at this moment. */
  pump(): Progress {
    const before = this.bytes;
    let progress: Progress = "more";
    for (let round = 0; round < ROUNDS_PER_TURN && progress === "more"; round++) {
      if (this.#finished) return "finished";
      progress = this.#bulk && this.#left === undefined ? this.#splice() : this.#copy();
    }
    if (progress === "waiting" && !this.stuck && this.bytes - before < BULK_BYTES) this.#bulk = false;
    return progress;
  }

  /** Lets go of the pipe. */
  close(): void {
    if (this.#pipe !== undefined) this.#carrier.pipes.discard(this.#pipe);
    this.#pipe = undefined;
    this.#pipeHolds = 0;
    this.#left = undefined;
  }

  #copy(): Progress {
    const { kernel } = this.#carrier;
    if (this.#left !== undefined) return this.#sendLeft(this.#left);
    if (this.#ended) return this.#finish();
    const received = kernel.receive(this.#source);
    if (received === 0) {
      this.#ended = true;
      return this.#finish();
    }
    if (received < 0) return wouldBlock(received) ? "waiting" : this.#fail("source-failed", received);
    if (received >= BULK_BYTES) this.#bulk = true;
    const sent = kernel.send(this.#sink, received);
    if (sent < 0 && !wouldBlock(sent)) return this.#fail("sink-failed", sent);
    this.bytes += Math.max(sent, 0);
    if (sent !== received) {
      this.#left = Buffer.from(kernel.buffer.subarray(Math.max(sent, 0), received));
      return "waiting";
    }
    // Less than fits is all there was, and whatever comes after that is told of.
    return this.#ends || received === BUFFER_BYTES ? "more" : "waiting";
  }

  #sendLeft(left: Buffer): Progress {
    const { kernel } = this.#carrier;
    kernel.buffer.set(left);
    const sent = kernel.send(this.#sink, left.length);
    if (sent < 0) return wouldBlock(sent) ? "waiting" : this.#fail("sink-failed", sent);
    this.bytes += sent;
    this.#left = sent === left.length ? undefined : left.subarray(sent);
    return this.#left === undefined ? "more" : "waiting";
  }

  #splice(): Progress {
    const { kernel, pipes } = this.#carrier;
    this.#pipe ??= pipes.take();
    // Out of descriptors: it goes on as a short exchange does.
    if (this.#pipe === undefined) return this.#copy();
    const { reading, writing } = this.#pipe;
    let moved = false;
    if (!this.#ended) {
      const taken = kernel.splice(this.#source, writing);
      if (taken > 0) {
        this.#pipeHolds += taken;
        moved = true;
      } else if (taken === 0) this.#ended = true;
      else if (!wouldBlock(taken)) return this.#fail("source-failed", taken);
    }
    if (this.#pipeHolds > 0) {
      const given = kernel.splice(reading, this.#sink);
      if (given > 0) {
        this.#pipeHolds -= given;
        this.bytes += given;
        moved = true;
      } else if (!wouldBlock(given)) return this.#fail("sink-failed", given);
    }
    if (this.#pipeHolds > 0) return moved ? "more" : "waiting";
    this.#giveBack(this.#pipe);
    if (this.#ended) return this.#finish();
    return moved ? "more" : "waiting";
  }

  #giveBack(pipe: Pipe): void {
    this.#carrier.pipes.giveBack(pipe);
    this.#pipe = undefined;
  }

  /** Passes the end on. */
  #finish(): Progress {
    const result = this.#carrier.kernel.shutdown(this.#sink, SHUT_WR);
    if (result < 0) return this.#fail("sink-failed", result);
    this.#finished = true;
    return "finished";
  }

  #fail(progress: "source-failed" | "sink-failed", result: number): Progress {
    this.fault = -result;
    return progress;
  }
}
