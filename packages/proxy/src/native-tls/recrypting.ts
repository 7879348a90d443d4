import type { Progress } from "../splice/direction.ts";
import { TLS_BUFFER_BYTES } from "./openssl.ts";
import { RECORD_BYTES, type TlsCarrier, TlsDirection, type TlsEnd } from "./tls-direction.ts";
import { ENDED, FAILED, type TlsSession, WAITING } from "./tls-session.ts";

/** Bytes on their way out of one TLS and into another. What the sink does not take waits encrypted, and the source is not read until it is gone. */
export class Recrypting extends TlsDirection {
  #ended = false;
  readonly #source: TlsSession;
  readonly #sink: TlsSession;

  constructor(source: TlsSession, { session, fd }: TlsEnd, carrier: TlsCarrier) {
    super(fd, carrier);
    this.#source = source;
    this.#sink = session;
  }

  get stuck(): boolean {
    return this.#sink.stuck;
  }

  /** Nothing is to be done: OpenSSL is asked until it has nothing more. */
  foreseeEnd(): void {}

  close(): void {}

  protected move(): Progress {
    const flushed = this.flush(this.#sink);
    if (flushed !== "more") return flushed;
    if (this.#ended) return this.finish();
    let filled = 0;
    let last = WAITING;
    while (filled <= TLS_BUFFER_BYTES - RECORD_BYTES) {
      last = this.#source.read(filled);
      if (last <= 0) break;
      filled += last;
    }
    if (filled > 0) {
      if (!this.#sink.write(filled)) return this.fail("sink-failed", this.#sink.fault.code);
      this.bytes += filled;
    }
    if (last === ENDED) {
      this.#ended = true;
      this.#sink.endSending();
    }
    const sent = this.flush(this.#sink);
    if (sent !== "more") return sent;
    if (last === FAILED) return this.fail("source-failed", this.#source.fault.code);
    return last === WAITING ? "waiting" : "more";
  }
}
