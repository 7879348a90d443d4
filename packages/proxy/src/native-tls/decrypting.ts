import type { Moving, Progress } from "../splice/direction.ts";
import type { Kernel } from "../splice/kernel.ts";
import { SHUT_WR, wouldBlock } from "../splice/linux.ts";
import { type OpenSsl, TLS_BUFFER_BYTES } from "./openssl.ts";
import { ENDED, FAILED, type TlsSession, WAITING } from "./tls-session.ts";

/** One connection must not keep the others waiting: it has its turn again after so many rounds. */
export const ROUNDS_PER_TURN = 8;

/** The most that a record holds; with less room than that left in the buffer, what is in it is sent first. */
const RECORD_BYTES = 16 * 1024;

/** What is needed to move bytes out of TLS, or into it. */
export type TlsCarrier = { readonly kernel: Kernel; readonly openssl: OpenSsl };

/** Bytes on their way out of TLS: what has been decrypted is sent on, several records at once. */
export class Decrypting implements Moving {
  bytes = 0;
  fault: number | string = 0;
  queued = false;
  #ended = false;
  #finished = false;
  #left: Buffer | undefined;
  readonly #source: TlsSession;
  readonly #sink: number;
  readonly #carrier: TlsCarrier;

  constructor(source: TlsSession, sink: number, carrier: TlsCarrier) {
    this.#source = source;
    this.#sink = sink;
    this.#carrier = carrier;
  }

  get finished(): boolean {
    return this.#finished;
  }

  get stuck(): boolean {
    return this.#left !== undefined;
  }

  /** Nothing is to be done: OpenSSL is asked until it has nothing more. */
  foreseeEnd(): void {}

  pump(): Progress {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      if (this.#finished) return "finished";
      const progress = this.#move();
      if (progress !== "more") return progress;
    }
    return "more";
  }

  close(): void {
    this.#left = undefined;
  }

  #move(): Progress {
    if (this.#left !== undefined) return this.#sendLeft(this.#left);
    if (this.#ended) return this.#finish();
    let filled = 0;
    let last = WAITING;
    while (filled <= TLS_BUFFER_BYTES - RECORD_BYTES) {
      last = this.#source.read(filled);
      if (last <= 0) break;
      filled += last;
    }
    if (last === ENDED) this.#ended = true;
    if (filled > 0) {
      const progress = this.#send(filled);
      if (progress !== "more") return progress;
    }
    if (last === FAILED) {
      this.fault = this.#source.fault.code;
      return "source-failed";
    }
    return last === WAITING ? "waiting" : "more";
  }

  #send(length: number): Progress {
    const { calls, bufferAt, buffer } = this.#carrier.openssl;
    const sent = calls.send(this.#sink, bufferAt, BigInt(length), 0);
    const errno = sent < 0 ? this.#carrier.openssl.errno() : 0;
    if (errno !== 0 && !wouldBlock(-errno)) return this.#fail(errno);
    const taken = Math.max(sent, 0);
    this.bytes += taken;
    if (taken === length) return "more";
    this.#left = Buffer.from(buffer.subarray(taken, length));
    return "waiting";
  }

  #sendLeft(left: Buffer): Progress {
    this.#left = undefined;
    this.#carrier.openssl.buffer.set(left);
    return this.#send(left.length);
  }

  /** Passes the end on. */
  #finish(): Progress {
    const result = this.#carrier.kernel.shutdown(this.#sink, SHUT_WR);
    if (result < 0) return this.#fail(-result);
    this.#finished = true;
    return "finished";
  }

  #fail(errno: number): Progress {
    this.fault = errno;
    return "sink-failed";
  }
}
