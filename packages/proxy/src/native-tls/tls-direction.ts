import type { Moving, Progress } from "../splice/direction.ts";
import type { Kernel } from "../splice/kernel.ts";
import { SHUT_WR } from "../splice/linux.ts";
import type { OpenSsl } from "./openssl.ts";
import type { TlsSession } from "./tls-session.ts";

/** One connection must not keep the others waiting: it has its turn again after so many rounds. */
const ROUNDS_PER_TURN = 8;

/** The most that a record holds; with less room than that left in the buffer, what is in it is moved on first. */
export const RECORD_BYTES = 16 * 1024;

/** What is needed to move bytes out of TLS, or into it. */
export type TlsCarrier = { readonly kernel: Kernel; readonly openssl: OpenSsl };

/** A socket's descriptor, and the session of the TLS that is spoken on it. */
export type TlsEnd = { readonly fd: number; readonly session: TlsSession };

/** Bytes on their way between two sockets, of which one at least speaks TLS; how they are moved is for whoever extends this. */
export abstract class TlsDirection implements Moving {
  bytes = 0;
  fault: number | string = 0;
  queued = false;
  protected readonly carrier: TlsCarrier;
  readonly #sink: number;
  #finished = false;

  /** @param sink - the descriptor of the socket that is sent to. */
  constructor(sink: number, carrier: TlsCarrier) {
    this.#sink = sink;
    this.carrier = carrier;
  }

  get finished(): boolean {
    return this.#finished;
  }

  abstract get stuck(): boolean;

  abstract foreseeEnd(): void;

  pump(): Progress {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      if (this.#finished) return "finished";
      const progress = this.move();
      if (progress !== "more") return progress;
    }
    return "more";
  }

  abstract close(): void;

  /** Moves one piece, or passes the end on when there is no other. */
  protected abstract move(): Progress;

  /** Passes the end on, beneath a close_notify as well. */
  protected finish(): Progress {
    const result = this.carrier.kernel.shutdown(this.#sink, SHUT_WR);
    if (result < 0) return this.fail("sink-failed", -result);
    this.#finished = true;
    return "finished";
  }

  /** Sends what waits encrypted in the sink's session. */
  protected flush(sink: TlsSession): Progress {
    const progress = sink.flush();
    if (progress === "failed") return this.fail("sink-failed", sink.fault.code);
    return progress === "done" ? "more" : "waiting";
  }

  /** Says by what it has ended. */
  protected fail(progress: "source-failed" | "sink-failed", fault: number | string): Progress {
    this.fault = fault;
    return progress;
  }
}
