import type { Progress } from "../splice/direction.ts";
import { wouldBlock } from "../splice/linux.ts";
import { TLS_BUFFER_BYTES } from "./openssl.ts";
import { RECORD_BYTES, type TlsCarrier, TlsDirection } from "./tls-direction.ts";
import { ENDED, FAILED, type TlsSession, WAITING } from "./tls-session.ts";

/** Bytes on their way out of TLS: what has been decrypted is sent on, several records at once. */
export class Decrypting extends TlsDirection {
  #ended = false;
  #left: Buffer | undefined;
  readonly #source: TlsSession;
  readonly #sink: number;

  constructor(source: TlsSession, sink: number, carrier: TlsCarrier) {
    super(sink, carrier);
    this.#source = source;
    this.#sink = sink;
  }

  get stuck(): boolean {
    return this.#left !== undefined;
  }

  /** Nothing is to be done: OpenSSL is asked until it has nothing more. */
  foreseeEnd(): void {}

  close(): void {
    this.#left = undefined;
  }

  protected move(): Progress {
    if (this.#left !== undefined) return this.#sendLeft(this.#left);
    if (this.#ended) return this.finish();
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
    if (last === FAILED) return this.fail("source-failed", this.#source.fault.code);
    return last === WAITING ? "waiting" : "more";
  }

  #send(length: number): Progress {
    const { openssl } = this.carrier;
    const { calls, bufferAt, buffer } = openssl;
    const sent = calls.send(this.#sink, bufferAt, BigInt(length), 0);
    const errno = sent < 0 ? openssl.errno() : 0;
    if (errno !== 0 && !wouldBlock(-errno)) return this.fail("sink-failed", errno);
    const taken = Math.max(sent, 0);
    this.bytes += taken;
    if (taken === length) return "more";
    this.#left = Buffer.from(buffer.subarray(taken, length));
    return "waiting";
  }

  #sendLeft(left: Buffer): Progress {
    this.#left = undefined;
    this.carrier.openssl.buffer.set(left);
    return this.#send(left.length);
  }
}
