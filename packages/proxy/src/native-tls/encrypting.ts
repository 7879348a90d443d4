import type { Progress } from "../splice/direction.ts";
import { wouldBlock } from "../splice/linux.ts";
import { type TlsCarrier, TlsDirection, type TlsEnd } from "./tls-direction.ts";
import type { TlsSession } from "./tls-session.ts";

/** What is encrypted at once: four records of the largest size. */
const PIECE_BYTES = 64 * 1024;

/** Bytes on their way into TLS. What the sink does not take waits encrypted, and the source is not read from until it is gone. */
export class Encrypting extends TlsDirection {
  #ends = false;
  #ended = false;
  /** Received before, and not encrypted yet. */
  #first: Uint8Array | undefined;
  readonly #source: number;
  readonly #sink: TlsSession;

  /** @param first - what the source has sent before, all of which the sink is to have first. */
  constructor(source: number, { session, fd }: TlsEnd, carrier: TlsCarrier, first?: Uint8Array) {
    super(fd, carrier);
    this.#source = source;
    this.#sink = session;
    this.#first = first;
  }

  get stuck(): boolean {
    return this.#first !== undefined || this.#sink.stuck;
  }

  foreseeEnd(): void {
    this.#ends = true;
  }

  close(): void {}

  protected move(): Progress {
    const flushed = this.flush(this.#sink);
    if (flushed !== "more") return flushed;
    if (this.#first !== undefined) return this.#sendFirst(this.#first);
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
    const sent = this.#send(received);
    if (sent !== "more") return sent;
    // Less than fits is all there was, and whatever comes after that is told of.
    return this.#ends || received === PIECE_BYTES ? "more" : "waiting";
  }

  #sendFirst(first: Uint8Array): Progress {
    this.#first = undefined;
    this.carrier.openssl.buffer.set(first);
    return this.#send(first.length);
  }

  #send(length: number): Progress {
    if (!this.#sink.write(length)) return this.fail("sink-failed", this.#sink.fault.code);
    this.bytes += length;
    return this.flush(this.#sink);
  }
}
