import { LINGER_MS } from "../farewell.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { EPOLLERR, EPOLLHUP, SHUT_WR, wouldBlock } from "./linux.ts";
import type { Side } from "./side.ts";
import type { Stage, Surroundings } from "./surroundings.ts";

/** What a client may still send is thrown away in so many pieces at once. */
const PIECES_PER_TURN = 16;

/** Tells the client why it gets no answer and waits until it has closed, but not for long. */
export class Parting implements Stage {
  readonly #client: Side;
  readonly #surroundings: Surroundings;
  readonly #done: () => void;
  #deadline: Deadline | undefined;

  /** @param done - called once. */
  constructor(client: Side, surroundings: Surroundings, done: () => void) {
    this.#client = client;
    this.#surroundings = surroundings;
    this.#done = done;
  }

  /** Sends the alert. */
  begin(alert: Uint8Array): void {
    const { kernel, loop } = this.#surroundings;
    this.#deadline = loop.after(LINGER_MS, this.#done);
    kernel.buffer.set(alert);
    kernel.send(this.#client.fd, alert.length);
    kernel.shutdown(this.#client.fd, SHUT_WR);
    this.ready(this.#client.fd, 0);
  }

  ready(_fd: number, events: number): void {
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0 || throwAway(this.#client, this.#surroundings) === "ended") this.#done();
  }

  leave(): void {
    lift(this.#deadline);
  }
}

/** Receives what has arrived: a socket that is closed with something unread is reset by the kernel. */
export function throwAway(client: Side, { kernel }: Surroundings): "ended" | "open" {
  for (let pieces = 0; pieces < PIECES_PER_TURN; pieces++) {
    const received = kernel.receive(client.fd);
    if (received <= 0) return wouldBlock(received) ? "open" : "ended";
  }
  return "open";
}
