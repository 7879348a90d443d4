import type { Progress } from "../splice/direction.ts";
import { wouldBlock } from "../splice/linux.ts";
import { type TlsCarrier, TlsDirection } from "./tls-direction.ts";
import type { TlsSession } from "./tls-session.ts";

/** What is encrypted at once: four records of the largest size. */
const PIECE_BYTES = 64 * 1024;

/** Bytes on their way into TLS. What the sink does not take waits encrypted, and the source is not read from until it is gone. */
export class Encrypting extends TlsDirection {
  #ends = false;
  #ended = false;
  readonly #source: number;
  readonly #sink: TlsSession;

  constructor(source: number, sink: TlsSession, sinkDescriptor: number, carrier: TlsCarrier) {
    super(sinkDescriptor, carrier);
    this.#source = source;
    this.#sink = sink;
  }

  get stuck(): boolean {
    return this.#sink.stuck;
  }

  foreseeEnd(): void {
    this.#ends = true;
  }

  close(): void {}

  protected move(): Progress {
    const flushed = this.#flush();
    if (flushed !== "more") return flushed;
    if (this.#ended) return this.finish();
    const { openssl } = this.carrier;
    const received = openssl.calls.recv(this.#source, openssl.bufferAt, BigInt(PIECE_BYTES), 0);
    if (received < 0) {
      const errno = openssl.errno();
      return wouldBlock(-errno) ? "waiting" : this.fail("source-failed", errno);
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

  #failed(): Progress {
    return this.fail("sink-failed", this.#sink.fault.code);
  }
}
