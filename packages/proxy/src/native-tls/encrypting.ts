import type { Moving, Progress } from "../splice/direction.ts";
import { SHUT_WR, wouldBlock } from "../splice/linux.ts";
import { ROUNDS_PER_TURN, type TlsCarrier } from "./decrypting.ts";
import type { TlsSession } from "./tls-session.ts";

/** What is encrypted at once: four records of the largest size. */
const PIECE_BYTES = 64 * 1024;

/** Bytes on their way into TLS. What the sink does not take waits encrypted, and the source is not read from until it is gone. */
export class Encrypting implements Moving {
  bytes = 0;
  fault: number | string = 0;
  queued = false;
  #ends = false;
  #ended = false;
  #finished = false;
  readonly #source: number;
  readonly #sink: TlsSession;
  readonly #sinkDescriptor: number;
  readonly #carrier: TlsCarrier;

  constructor(source: number, sink: TlsSession, sinkDescriptor: number, carrier: TlsCarrier) {
    this.#source = source;
    this.#sink = sink;
    this.#sinkDescriptor = sinkDescriptor;
    this.#carrier = carrier;
  }

  get finished(): boolean {
    return this.#finished;
  }

  get stuck(): boolean {
    return this.#sink.stuck;
  }

  foreseeEnd(): void {
    this.#ends = true;
  }

  pump(): Progress {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      if (this.#finished) return "finished";
      const progress = this.#move();
      if (progress !== "more") return progress;
    }
    return "more";
  }

  close(): void {}

  #move(): Progress {
    const flushed = this.#flush();
    if (flushed !== "more") return flushed;
    if (this.#ended) return this.#finish();
    const { openssl } = this.#carrier;
    const received = openssl.calls.recv(this.#source, openssl.bufferAt, BigInt(PIECE_BYTES), 0);
    if (received < 0) {
      const errno = openssl.errno();
      if (wouldBlock(-errno)) return "waiting";
      this.fault = errno;
      return "source-failed";
    }
    if (received === 0) {
      this.#ended = true;
      this.#sink.endSending();
      return "more";
    }
    if (!this.#sink.write(received)) return this.#failed();
    this.bytes += received;
    const sent = this.#flush();
    if (sent !== "more") return sent;
    // Less than fits is all there was, and whatever comes after that is told of.
    return this.#ends || received === PIECE_BYTES ? "more" : "waiting";
  }

  #flush(): Progress {
    const progress = this.#sink.flush();
    if (progress === "failed") return this.#failed();
    return progress === "done" ? "more" : "waiting";
  }

  /** Passes the end on, beneath the close_notify as well. */
  #finish(): Progress {
    const result = this.#carrier.kernel.shutdown(this.#sinkDescriptor, SHUT_WR);
    if (result < 0) {
      this.fault = -result;
      return "sink-failed";
    }
    this.#finished = true;
    return "finished";
  }

  #failed(): Progress {
    this.fault = this.#sink.fault.code;
    return "sink-failed";
  }
}
