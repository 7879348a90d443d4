import type { RouteTarget } from "@causeway/routes";
import {
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "./linux.ts";
import type { Watcher } from "./loop.ts";
import type { Surroundings } from "./surroundings.ts";

/** Told of once, when it comes: what has arrived, and the end. */
const ARRIVALS = EPOLLIN | EPOLLRDHUP | EPOLLET;

/** One of the two sockets of a connection. */
export class Side {
  readonly fd: number;
  /** Whether the far side has gone, so that nothing can be told it any more. */
  dead = false;
  #watched = 0;
  #closed = false;
  #atOnce = false;
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

  /** Has small pieces sent without waiting for the last to be acknowledged; the first of all never waits. */
  sendAtOnce(): void {
    if (this.#atOnce) return;
    this.#atOnce = true;
    this.#surroundings.kernel.setOption(this.fd, IPPROTO_TCP, TCP_NODELAY, 1);
  }

  /** Has the kernel probe whether the far side is still there. What is left open is as with Node's sockets: 10 probes, a second apart. */
  probe({ idleSeconds, intervalSeconds = 1, probes = 10 }: NonNullable<RouteTarget["keepalive"]>): void {
    if (this.#closed) return;
    const { kernel } = this.#surroundings;
    kernel.setOption(this.fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    kernel.setOption(this.fd, IPPROTO_TCP, TCP_KEEPIDLE, idleSeconds);
    kernel.setOption(this.fd, IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds);
    kernel.setOption(this.fd, IPPROTO_TCP, TCP_KEEPCNT, probes);
  }

  /** Closes it; with a reset where it must not pass for an orderly end. */
  close(manner: "orderly" | "reset"): void {
    const { kernel, loop } = this.#surroundings;
    this.#closed = true;
    if (manner === "reset" && !this.dead) kernel.resetOnClose(this.fd);
    loop.close(this.fd);
  }

  #watch(events: number): void {
    const { loop } = this.#surroundings;
    const result = this.#watched === 0 ? loop.watch(this.fd, events, this.#watcher) : loop.rewatch(this.fd, events);
    if (result < 0) throw new Error(`a socket cannot be watched: error ${-result}`);
    this.#watched = events;
  }
}
