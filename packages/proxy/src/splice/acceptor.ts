import { constants } from "node:os";
import type { ListenerRoutes } from "../listener-routes.ts";
import { Flow } from "./flow.ts";
import { EPOLLIN, wouldBlock } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import type { Surroundings } from "./surroundings.ts";
import { errorName } from "./system-errors.ts";

/** So many connections are accepted before those that are open have their turn again. */
const ACCEPTS_PER_TURN = 64;

/** When the system is out of something, it is left alone for so long. */
const RESPITE_MS = 100;

const { ECONNABORTED, EINVAL } = constants.errno;

/** What an acceptor does with what it has accepted, and whom it tells that it cannot. */
export type AcceptorOptions = {
  readonly gone: (flow: Flow) => void;
  readonly came: (flow: Flow) => void;
  readonly cannotAccept: (listener: string, reason: string) => void;
};

/** Accepts the connections of one listener. */
export class Acceptor implements Watcher {
  readonly routes: ListenerRoutes;
  readonly #listener: number;
  readonly #surroundings: Surroundings;
  readonly #options: AcceptorOptions;
  #closed = false;

  /** @param listener - the descriptor, which is the acceptor's to close. */
  constructor(listener: number, routes: ListenerRoutes, surroundings: Surroundings, options: AcceptorOptions) {
    this.routes = routes;
    this.#listener = listener;
    this.#surroundings = surroundings;
    this.#options = options;
    const result = surroundings.loop.watch(listener, EPOLLIN, this);
    if (result < 0) options.cannotAccept(routes.name, errorName(-result));
  }

  ready(): void {
    const { kernel } = this.#surroundings;
    for (let accepted = 0; accepted < ACCEPTS_PER_TURN; accepted++) {
      const fd = kernel.accept(this.#listener);
      if (fd >= 0) this.#serve(fd);
      else if (fd !== -ECONNABORTED) {
        // EINVAL: it listens no more, and is about to be closed.
        if (!wouldBlock(fd) && fd !== -EINVAL) this.#pause(errorName(-fd));
        return;
      }
    }
  }

  /** Accepts no more; connections that were accepted stay. */
  close(): void {
    this.#closed = true;
    this.#surroundings.loop.close(this.#listener);
  }

  #serve(fd: number): void {
    const { kernel, news, counters } = this.#surroundings;
    const { gone, came } = this.#options;
    counters.addSpliced(1);
    news.opened(this.routes.name);
    const flow = new Flow({ fd, from: kernel.lastAddress(), routes: this.routes, gone }, this.#surroundings);
    came(flow);
    flow.begin();
  }

  #pause(reason: string): void {
    const { loop } = this.#surroundings;
    this.#options.cannotAccept(this.routes.name, reason);
    loop.rewatch(this.#listener, 0);
    loop.after(RESPITE_MS, () => {
      if (!this.#closed) loop.rewatch(this.#listener, EPOLLIN);
    });
  }
}
