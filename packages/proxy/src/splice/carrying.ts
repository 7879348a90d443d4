import type { ConnectionFailure } from "../errors.ts";
import type { Moving } from "./direction.ts";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from "./linux.ts";
import type { Side } from "./side.ts";
import type { Stage, Surroundings } from "./surroundings.ts";
import { errorName } from "./system-errors.ts";

/** The two ends of a connection. */
export type Sides = { readonly client: Side; readonly upstream: Side };

/** The two ways between them. */
export type Ways = { readonly toUpstream: Moving; readonly toClient: Moving };

/** What has been told of the two ends before. */
export type Told = { readonly client: number; readonly upstream: number };

/** Something arrived, the end of it, or trouble: all but room to send. */
const NEWS_OF_SOURCE = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
const NEWS_OF_END = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** Carries bytes both ways until both directions have ended or an end breaks off. */
export class Carrying implements Stage {
  readonly toUpstream: Moving;
  readonly toClient: Moving;
  readonly #sides: Sides;
  readonly #surroundings: Surroundings;
  readonly #done: (failure: ConnectionFailure | undefined) => void;
  #over = false;

  /** @param done - called once, without a failure when both directions have ended. */
  constructor(
    sides: Sides,
    { toUpstream, toClient }: Ways,
    surroundings: Surroundings,
    done: (failure: ConnectionFailure | undefined) => void,
  ) {
    this.toUpstream = toUpstream;
    this.toClient = toClient;
    this.#sides = sides;
    this.#surroundings = surroundings;
    this.#done = done;
  }

  /** Carries what is there already. */
  begin({ client, upstream }: Told): void {
    if ((client & NEWS_OF_END) !== 0) this.toUpstream.foreseeEnd();
    if (client !== 0 || this.toUpstream.stuck) {
      this.#sides.upstream.sendAtOnce();
      this.#advance(this.toUpstream);
    }
    if (upstream !== 0) this.ready(this.#sides.upstream.fd, upstream);
    if (!this.#over) this.#sides.upstream.awaitArrivals();
  }

  ready(fd: number, events: number): void {
    const fromClient = fd === this.#sides.client.fd;
    const outOf = fromClient ? this.toUpstream : this.toClient;
    const into = fromClient ? this.toClient : this.toUpstream;
    if ((events & NEWS_OF_END) !== 0) outOf.foreseeEnd();
    // What comes after the hello, unless it is a reset.
    if (fromClient && (events & EPOLLIN) !== 0 && (events & EPOLLERR) === 0) this.#sides.upstream.sendAtOnce();
    if ((events & NEWS_OF_SOURCE) !== 0) this.#advance(outOf);
    if ((events & EPOLLOUT) !== 0 && into.stuck) this.#advance(into);
    // An error that neither sending nor receiving has met, as there is nothing to send and nobody to receive for.
    if ((events & EPOLLERR) !== 0 && !this.#over) {
      const errno = this.#surroundings.kernel.takeError(fd);
      if (errno !== 0) this.#breakOff(fromClient, errno);
    }
  }

  leave(): void {
    this.#over = true;
    this.toUpstream.close();
    this.toClient.close();
  }

  #advance(direction: Moving): void {
    if (this.#over) return;
    const outward = direction === this.toUpstream;
    switch (direction.pump()) {
      case "more":
        this.#queue(direction);
        break;
      case "waiting":
        if (direction.stuck) (outward ? this.#sides.upstream : this.#sides.client).awaitRoom();
        break;
      case "finished":
        if (this.toUpstream.finished && this.toClient.finished) this.#end(undefined);
        break;
      case "source-failed":
        this.#breakOff(outward, direction.fault);
        break;
      case "sink-failed":
        this.#breakOff(!outward, direction.fault);
    }
  }

  #queue(direction: Moving): void {
    if (direction.queued) return;
    direction.queued = true;
    this.#surroundings.loop.again(() => {
      direction.queued = false;
      this.#advance(direction);
    });
  }

  #breakOff(byClient: boolean, fault: number | string): void {
    const broken = typeof fault === "number";
    // Where it is only TLS that has failed, the far side is still there to be told.
    if (broken) (byClient ? this.#sides.client : this.#sides.upstream).dead = true;
    this.#end({ code: byClient ? "CLIENT_RESET" : "UPSTREAM_RESET", reason: broken ? errorName(fault) : fault });
  }

  #end(failure: ConnectionFailure | undefined): void {
    this.#over = true;
    this.#done(failure);
  }
}
