import { EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import type { Surroundings } from "./surroundings.ts";

/** Told of once, when it comes: what has arrived, and the end. */
const ARRIVALS = EPOLLIN | EPOLLRDHUP | EPOLLET;

/** One of the two sockets of a connection. */
export class Side {
  readonly fd: number;
  #watched = 0;
  readonly #watcher: Watcher;
  readonly #surroundings: Surroundings;

  constructor(fd: number, watcher: Watcher, surroundings: Surroundings) {
    this.fd = fd;
    this.#watcher = watcher;
    this.#surroundings = surroundings;
  }

  /** Has its watcher told of what arrives, beginning with what is there already. */
  awaitArrivals(): void {
    if (this.#watched === 0) this.#watch(ARRIVALS);
  }

  /** Has its watcher told as well when it is connected, or takes more. */
  awaitRoom(): void {
    if ((this.#watched & EPOLLOUT) === 0) this.#watch(ARRIVALS | EPOLLOUT);
  }

  /** Closes it; with a reset where it must not pass for an orderly end. */
  close(manner: "orderly" | "reset"): void {
    const { kernel, loop } = this.#surroundings;
    if (manner === "reset") kernel.resetOnClose(this.fd);
    loop.close(this.fd);
  }

  #watch(events: number): void {
    const { loop } = this.#surroundings;
    const result = this.#watched === 0 ? loop.watch(this.fd, events, this.#watcher) : loop.rewatch(this.fd, events);
    if (result < 0) throw new Error(`a socket cannot be watched: error ${-result}`);
    this.#watched = events;
  }
}
