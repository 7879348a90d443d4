import { readClientHello } from "@causeway/wire";
import type { ConnectionFailure } from "../errors.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { BUFFER_BYTES } from "./kernel.ts";
import { EPOLLERR, EPOLLHUP, EPOLLRDHUP } from "./linux.ts";
import type { Side } from "./side.ts";
import type { Stage, Surroundings } from "./surroundings.ts";

/** What the client's first bytes were. */
export type Peeked =
  | { readonly kind: "hello"; readonly serverName: string | undefined }
  | { readonly kind: "failed"; readonly failure: ConnectionFailure };

/** Looks at the client's hello, and leaves all of it in the kernel for the endpoint. */
export class Peeking implements Stage {
  readonly #client: Side;
  readonly #surroundings: Surroundings;
  readonly #done: (peeked: Peeked) => void;
  #deadline: Deadline | undefined;

  /** @param done - called once. */
  constructor(client: Side, surroundings: Surroundings, done: (peeked: Peeked) => void) {
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
    this.#look((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0);
  }

  leave(): void {
    lift(this.#deadline);
  }

  #look(ended: boolean): void {
    const { kernel } = this.#surroundings;
    const received = kernel.peek(this.#client.fd);
    if (received <= 0) {
      if (received === 0 || ended) this.#fail({ code: "CLIENT_CLOSED" });
      return;
    }
    const result = readClientHello(kernel.buffer.subarray(0, received));
    if (result.kind === "found") this.#done({ kind: "hello", serverName: result.hello.serverName });
    else if (result.kind === "not-tls") this.#fail({ code: "NOT_TLS", found: result.reason });
    else if (result.kind === "too-large" || received === BUFFER_BYTES) this.#fail({ code: "HELLO_TOO_LARGE" });
    else if (ended) this.#fail({ code: "CLIENT_CLOSED" });
  }

  #fail(failure: ConnectionFailure): void {
    this.#done({ kind: "failed", failure });
  }
}
