import type { Route } from "@causeway/routes";
import { explainDial } from "../dial-reasons.ts";
import type { ConnectionFailure } from "../errors.ts";
import { firstSpanOf, placeBefore, type SentHello } from "../hop.ts";
import type { Begun, NativeOrigination } from "../native-tls/native-tls.ts";
import { Originating } from "../native-tls/originating.ts";
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
      /** The TLS that was begun with it, where that was asked for; for whoever is told to close, before the socket. */
      readonly secured: Originating | undefined;
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
  readonly dialed: (report: DialReport, sent: SentHello | undefined) => void;
  /** Why an attempt that is given up is. */
  readonly givenUpFor: () => ConnectionFailure;
  readonly done: (outcome: Outcome) => void;
};

const FILES_UNREAD = { code: "TLS_FILES_UNUSABLE", reason: "they have not been read" } as const;

/** An attempt that is under way; the times are those of `performance.now`. */
type Pending = {
  readonly dial: Dial;
  readonly socket: Side;
  readonly startedMs: number;
  /** What has been told of the socket. */
  events: number;
  securing: { readonly tls: Originating; readonly sinceMs: number } | undefined;
};

/** Connects to one of the endpoints of a route, as `attempts` says, and begins TLS with it where its target asks for that. */
export class Reaching implements Stage {
  readonly #errand: Errand;
  readonly #surroundings: Surroundings;
  readonly #steps: Generator<Step, Arrival, Result>;
  #pending: Pending | undefined;
  /** How TLS is begun with the target whose turn it is, where it is. */
  #origination: NativeOrigination | undefined;
  /** Makes an end of waiting for files. */
  #stopWaiting: () => void = () => {};
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
    this.#stopWaiting();
    if (this.#pending === undefined) return;
    this.#report(this.#pending, this.#errand.givenUpFor());
    this.#letGo(this.#pending);
  }

  /** Takes the steps that need no waiting. */
  #goOn(next: IteratorResult<Step, Arrival>): void {
    let current = next;
    while (current.done !== true) {
      const result = this.#take(current.value);
      if (result === undefined) return;
      current = this.#steps.next(result);
    }
    if (current.value.kind === "lost") this.#errand.done(current.value);
    else this.#arrive(current.value);
  }

  #take(step: Step): Result | undefined {
    switch (step.kind) {
      case "dial":
        return this.#dial(step);
      case "resolve":
        return this.#resolve(step);
      case "originate":
        return this.#originate(step);
    }
  }

  #arrive(arrival: Extract<Arrival, { readonly kind: "arrived" }>): void {
    if (this.#pending === undefined) throw new Error("an endpoint was reached without a socket");
    const { socket: upstream, dial, events, securing } = this.#pending;
    this.#pending = undefined;
    const { keepalive } = dial.target;
    if (keepalive !== undefined) this.#surroundings.probing.add(upstream, keepalive);
    this.#errand.done({ kind: "reached", arrival, upstream, events, sent: this.#sent, secured: securing?.tls });
  }

  /** Finds out how TLS is begun, unless that is not known yet. */
  #originate({ target }: Extract<Step, { readonly kind: "originate" }>): Result | undefined {
    const { outbound, connectTimeoutMs } = target;
    const { tls, loop } = this.#surroundings;
    if (outbound.kind === "plain") return this.#begun(undefined);
    const begun = tls.originationOf(outbound);
    if (begun !== undefined) return this.#begun(begun);
    const goOn = (origination: Begun) => {
      lift(this.#deadline);
      this.#stopWaiting();
      this.#goOn(this.#steps.next(this.#begun(origination)));
    };
    this.#stopWaiting = tls.whenTold(outbound, () => goOn(tls.originationOf(outbound) ?? FILES_UNREAD));
    this.#deadline = loop.after(connectTimeoutMs, () => goOn(FILES_UNREAD));
    return undefined;
  }

  #begun(begun: Begun | undefined): Result {
    const failed = begun !== undefined && "code" in begun;
    this.#origination = failed ? undefined : begun;
    return failed ? { kind: "refused", failure: begun } : { kind: "originated" };
  }

  #resolve({ host, timeoutMs }: Extract<Step, { readonly kind: "resolve" }>): undefined {
    let answered = false;
    const answer = (result: Result) => {
      if (answered || this.#left) return;
      answered = true;
      lift(this.#deadline);
      this.#goOn(this.#steps.next(result));
    };
    const late = { kind: "failed", reason: noAnswerWithin(timeoutMs) } as const;
    this.#deadline = this.#surroundings.loop.after(timeoutMs, () => answer(late));
    this.#surroundings.resolve(host, answer);
  }

  /** Begins to connect; what came of it, unless that is not known yet. */
  #dial(dial: Dial): Result | undefined {
    const { kernel, loop, pacing } = this.#surroundings;
    const startedMs = performance.now();
    const fd = kernel.socket(familyOf(dial.host));
    if (fd < 0) return this.#refused(dial, startedMs, explainDial(errorName(-fd)));
    pacing.lift(fd, dial.host);
    const socket = new Side(fd, this.#errand.connection, this.#surroundings);
    const connected = kernel.connect(fd, dial.packed);
    const result = connected === -EINPROGRESS ? this.#sendFirst(fd) : connected;
    if (result < 0 && !wouldBlock(result)) {
      socket.close("orderly");
      return this.#refused(dial, startedMs, explainDial(errorName(-result)));
    }
    const pending = { dial, socket, startedMs, events: 0, securing: undefined };
    this.#pending = pending;
    if (result >= 0 && this.#origination === undefined) return this.#connected(pending);
    socket.awaitRoom();
    this.#deadline = loop.after(dial.target.connectTimeoutMs, () => this.#tookTooLong());
    return undefined;
  }

  /**
   * Sends what the endpoint is to have first: on the same machine it is connected to by now, although connect does not say so, and need
   * not be waited for. Gives an error where it is not connected.
   */
  #sendFirst(fd: number): number {
    const { first } = this.#errand;
    // By TLS nothing is sent before the endpoint has proved who it is.
    if (first === undefined || this.#origination !== undefined) return -EAGAIN;
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
    pending.events |= events;
    if (pending.securing !== undefined) {
      pending.securing.tls.ready();
      return;
    }
    const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
    const errno = failed ? this.#surroundings.kernel.takeError(pending.socket.fd) : 0;
    if (errno !== 0) this.#failed(pending, dialFailed(pending.dial, explainDial(errorName(errno))));
    else if ((events & EPOLLOUT) === 0) return;
    else if (this.#origination === undefined) this.#succeeded(pending);
    else this.#secure(pending, this.#origination);
  }

  /** Begins TLS on a socket that is connected, for which there is what the connecting has left of the time. */
  #secure(pending: Pending, origination: NativeOrigination): void {
    const { dial, socket } = pending;
    const address = printAddress(dial.host, dial.port);
    const tls = new Originating(this.#surroundings.tls.openssl, { socket, address, origination }, (failure) => {
      if (failure === undefined) this.#succeeded(pending);
      else this.#failed(pending, failure);
    });
    pending.securing = { tls, sinceMs: performance.now() };
    tls.begin();
  }

  #succeeded(pending: Pending): void {
    lift(this.#deadline);
    this.#goOn(this.#steps.next(this.#connected(pending)));
  }

  #tookTooLong(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const { dial, startedMs, securing } = pending;
    const { connectTimeoutMs } = dial.target;
    if (securing === undefined) this.#failed(pending, dialFailed(dial, noAnswerWithin(connectTimeoutMs)));
    else {
      const leftMs = Math.max(1, connectTimeoutMs - (securing.sinceMs - startedMs));
      this.#failed(pending, securing.tls.timedOut(noAnswerWithin(leftMs)));
    }
  }

  /** The pending attempt has failed; on to the next. */
  #failed(pending: Pending, failure: ConnectionFailure): void {
    lift(this.#deadline);
    this.#report(pending, failure);
    this.#letGo(pending);
    this.#goOn(this.#steps.next({ kind: "refused", failure }));
  }

  #letGo({ socket, securing }: Pending): void {
    this.#pending = undefined;
    securing?.tls.close();
    socket.close("orderly");
  }

  #connected(pending: Pending): Result {
    this.#report(pending, undefined);
    return { kind: "connected" };
  }

  #refused(dial: Dial, startedMs: number, reason: string): Result {
    const failure = dialFailed(dial, reason);
    this.#report({ dial, startedMs, securing: undefined }, failure);
    return { kind: "refused", failure };
  }

  #report(
    { dial, startedMs, securing }: Pick<Pending, "dial" | "startedMs" | "securing">,
    failure: ConnectionFailure | undefined,
  ): void {
    const { target, host, port } = dial;
    const { timeOrigin } = performance;
    const sent = this.#surroundings.limits.traced ? securing?.tls.hello(placeBefore(target)) : undefined;
    const report = {
      destination: this.#errand.route.name,
      target: target.name,
      host,
      port,
      ...(failure === undefined ? ({ outcome: "OK" } as const) : { outcome: failure.code, failure }),
      startedMs: timeOrigin + startedMs,
      endedMs: timeOrigin + performance.now(),
      ...(sent === undefined ? {} : { seen: firstSpanOf(sent) }),
    };
    this.#errand.dialed(report, sent);
  }
}

function dialFailed({ host, port }: Dial, reason: string): ConnectionFailure {
  return { code: "DIAL_FAILED", address: printAddress(host, port), reason };
}

function noAnswerWithin(ms: number): string {
  return `no answer within ${Math.round(ms)} ms`;
}
