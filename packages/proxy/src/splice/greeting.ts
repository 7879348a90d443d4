import { type ClientHello, readClientHello } from "@causeway/wire";
import type { ConnectionFailure } from "../errors.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { BUFFER_BYTES } from "./kernel.ts";
import { EPOLLERR, EPOLLHUP, EPOLLRDHUP, wouldBlock } from "./linux.ts";
import type { Side } from "./side.ts";
import type { Stage, Surroundings } from "./surroundings.ts";

/** What the client's first bytes were. */
export type Greeted =
  | {
      readonly kind: "hello";
      readonly hello: ClientHello;
      /** All that was received, which the endpoint is to have. It may be where the next thing is received: whoever keeps it copies it. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "failed"; readonly failure: ConnectionFailure };

/** Receives the client's hello. */
export class Greeting implements Stage {
  readonly #client: Side;
  readonly #surroundings: Surroundings;
  readonly #done: (greeted: Greeted) => void;
  #deadline: Deadline | undefined;
  // What came before, where the hello does not come in one piece.
  #earlier: Buffer | undefined;

  /** @param done - called once. */
  constructor(client: Side, surroundings: Surroundings, done: (greeted: Greeted) => void) {
    this.#client = client;
    this.#surroundings = surroundings;
    this.#done = done;
  }

  /** Waits for the hello, which has hardly ever come with the connection: it is told of like all else. */
  begin(): void {
    const { loop, limits } = this.#surroundings;
    this.#deadline = loop.after(limits.helloTimeoutMs, () =>
      this.#fail({ code: "HELLO_TIMEOUT", waitedMs: limits.helloTimeoutMs }),
    );
  }

  ready(_fd: number, events: number): void {
    this.#receive((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0);
  }

  leave(): void {
    lift(this.#deadline);
  }

  #receive(ended: boolean): void {
    const { kernel } = this.#surroundings;
    const received = kernel.receive(this.#client.fd);
    if (received <= 0) {
      if (!wouldBlock(received) || ended) this.#fail({ code: "CLIENT_CLOSED" });
      return;
    }
    const piece = new Uint8Array(kernel.buffer.buffer, kernel.buffer.byteOffset, received);
    const bytes = this.#earlier === undefined ? piece : Buffer.concat([this.#earlier, piece]);
    const result = readClientHello(bytes);
    if (result.kind === "found") this.#done({ kind: "hello", hello: result.hello, bytes });
    else if (result.kind === "not-tls") this.#fail({ code: "NOT_TLS", found: result.reason });
    else if (result.kind === "too-large" || bytes.length >= BUFFER_BYTES) this.#fail({ code: "HELLO_TOO_LARGE" });
    else if (ended) this.#fail({ code: "CLIENT_CLOSED" });
    else this.#earlier = Buffer.from(bytes);
  }

  #fail(failure: ConnectionFailure): void {
    this.#done({ kind: "failed", failure });
  }
}
