import type { Route } from "@causeway/routes";
import { explainDial } from "../dial-reasons.ts";
import type { ConnectionFailure } from "../errors.ts";
import { printAddress } from "../print-address.ts";
import { type Arrival, attempts, type Dial, type Guide, type Result, type Step } from "./attempts.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { EAGAIN, ECONNRESET, EINPROGRESS, EPIPE, EPOLLERR, EPOLLHUP, EPOLLOUT, wouldBlock } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import type { DialReport } from "./protocol.ts";
import { Side } from "./side.ts";
import { familyOf } from "./socket-address.ts";
import type { Stage, Surroundings } from "./surroundings.ts";
import { errorName } from "./system-errors.ts";

/** How the attempts to reach an endpoint ended. */
export type Outcome =
  | {
      readonly kind: "reached";
      readonly arrival: Extract<Arrival, { readonly kind: "arrived" }>;
      readonly upstream: Side;
      /** What has been told of the endpoint's socket so far. */
      readonly events: number;
      /** How much of what it is to have first the endpoint has been sent already. */
      readonly sent: number;
    }
  | { readonly kind: "lost"; readonly failure: ConnectionFailure }
  | { readonly kind: "client-gone" };

/** For which connection something is reached, and who is told. */
export type Errand = {
  readonly route: Route;
  readonly guide: Omit<Guide, "recentFailures" | "nowMs">;
  /** What the client has sent for the endpoint. */
  readonly first: Uint8Array | undefined;
  /** The one that is told of the sockets. */
  readonly connection: Watcher;
  readonly dialed: (report: DialReport) => void;
  /** Why an attempt that is given up is. */
  readonly givenUpFor: () => ConnectionFailure;
  readonly done: (outcome: Outcome) => void;
};

/** Connects to one of the endpoints of a route, as `attempts` says. */
export class Reaching implements Stage {
  readonly #errand: Errand;
  readonly #surroundings: Surroundings;
  readonly #steps: Generator<Step, Arrival, Result>;
  #pending: { readonly dial: Dial; readonly socket: Side; readonly startedMs: number } | undefined;
  #deadline: Deadline | undefined;
  #sent = 0;
  #left = false;

  constructor(errand: Errand, surroundings: Surroundings) {
    this.#errand = errand;
    this.#surroundings = surroundings;
    const { recentFailures, loop } = surroundings;
    this.#steps = attempts(errand.route, { ...errand.guide, recentFailures, nowMs: () => loop.nowMs });
  }

  /** Makes the first attempt. */
  begin(): void {
    this.#goOn(this.#steps.next());
  }

  ready(fd: number, events: number): void {
    if (fd === this.#pending?.socket.fd) this.#answered(events);
    else if ((events & (EPOLLERR | EPOLLHUP)) !== 0) this.#errand.done({ kind: "client-gone" });
  }

  /** Gives up what has not been reached yet. */
  leave(): void {
    this.#left = true;
    lift(this.#deadline);
    if (this.#pending === undefined) return;
    this.#report(this.#pending.dial, this.#pending.startedMs, this.#errand.givenUpFor());
    this.#pending.socket.close("orderly");
    this.#pending = undefined;
  }

  /** Takes the steps that need no waiting. @param events - what has been told of the socket that is connected, if one is. */
  #goOn(next: IteratorResult<Step, Arrival>, events = 0): void {
    let current = next;
    while (current.done !== true) {
      const result = current.value.kind === "dial" ? this.#dial(current.value) : this.#resolve(current.value);
      if (result === undefined) return;
      current = this.#steps.next(result);
    }
    if (current.value.kind === "lost") this.#errand.done(current.value);
    else this.#arrive(current.value, events);
  }

  #arrive(arrival: Extract<Arrival, { readonly kind: "arrived" }>, events: number): void {
    if (this.#pending === undefined) throw new Error("an endpoint was reached without a socket");
    const { socket: upstream, dial } = this.#pending;
    this.#pending = undefined;
    const { keepalive } = dial.target;
    if (keepalive !== undefined) this.#surroundings.probing.add(upstream, keepalive);
    this.#errand.done({ kind: "reached", arrival, upstream, events, sent: this.#sent });
  }

  #resolve({ host, timeoutMs }: Extract<Step, { readonly kind: "resolve" }>): undefined {
    let answered = false;
    const answer = (result: Result) => {
      if (answered || this.#left) return;
      answered = true;
      lift(this.#deadline);
      this.#goOn(this.#steps.next(result));
    };
    const late = { kind: "failed", reason: `no answer within ${Math.round(timeoutMs)} ms` } as const;
    this.#deadline = this.#surroundings.loop.after(timeoutMs, () => answer(late));
    this.#surroundings.resolve(host, answer);
  }

  /** Begins to connect; what came of it, unless that is not known yet. */
  #dial(dial: Dial): Result | undefined {
    const { kernel, loop } = this.#surroundings;
    const startedMs = performance.now();
    const fd = kernel.socket(familyOf(dial.host));
    if (fd < 0) return this.#refused(dial, startedMs, explainDial(errorName(-fd)));
    const socket = new Side(fd, this.#errand.connection, this.#surroundings);
    const connected = kernel.connect(fd, dial.packed);
    const result = connected === -EINPROGRESS ? this.#sendFirst(fd) : connected;
    if (result < 0 && !wouldBlock(result)) {
      socket.close("orderly");
      return this.#refused(dial, startedMs, explainDial(errorName(-result)));
    }
    this.#pending = { dial, socket, startedMs };
    if (result >= 0) return this.#connected(dial, startedMs);
    socket.awaitRoom();
    const { connectTimeoutMs } = dial.target;
    this.#deadline = loop.after(connectTimeoutMs, () =>
      this.#failed(`no answer within ${Math.round(connectTimeoutMs)} ms`),
    );
    return undefined;
  }

  /**
   * Sends what the endpoint is to have first: on the same machine it is connected to by now, although connect does not say so, and need
   * not be waited for. Gives an error where it is not connected.
   */
  #sendFirst(fd: number): number {
    const { first } = this.#errand;
    if (first === undefined) return -EAGAIN;
    const { kernel } = this.#surroundings;
    kernel.buffer.set(first);
    const result = kernel.send(fd, first.length);
    // It has answered, and gone again: that comes to light when bytes are carried.
    if (result === -ECONNRESET || result === -EPIPE) return 0;
    this.#sent = Math.max(result, 0);
    return result;
  }

  #answered(events: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
    const errno = failed ? this.#surroundings.kernel.takeError(pending.socket.fd) : 0;
    if (errno !== 0) this.#failed(explainDial(errorName(errno)));
    else if ((events & EPOLLOUT) !== 0) {
      lift(this.#deadline);
      this.#goOn(this.#steps.next(this.#connected(pending.dial, pending.startedMs)), events);
    }
  }

  /** The pending attempt has failed; on to the next. */
  #failed(reason: string): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    lift(this.#deadline);
    this.#pending = undefined;
    pending.socket.close("orderly");
    this.#goOn(this.#steps.next(this.#refused(pending.dial, pending.startedMs, reason)));
  }

  #connected(dial: Dial, startedMs: number): Result {
    this.#report(dial, startedMs, undefined);
    return { kind: "connected" };
  }

  #refused(dial: Dial, startedMs: number, reason: string): Result {
    const failure = { code: "DIAL_FAILED", address: printAddress(dial.host, dial.port), reason } as const;
    this.#report(dial, startedMs, failure);
    return { kind: "refused", failure };
  }

  #report({ target, host, port }: Dial, startedMs: number, failure: ConnectionFailure | undefined): void {
    const { timeOrigin } = performance;
    this.#errand.dialed({
      destination: this.#errand.route.name,
      target: target.name,
      host,
      port,
      ...(failure === undefined ? { outcome: "OK" } : { outcome: failure.code, failure }),
      startedMs: timeOrigin + startedMs,
      endedMs: timeOrigin + performance.now(),
    });
  }
}
