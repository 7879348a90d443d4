import { explainDial } from "../dial-reasons.ts";
import type { DialReport } from "../dial-report.ts";
import type { ConnectionFailure } from "../errors.ts";
import { firstSpanOf, placeBefore, type SentHello } from "../hop.ts";
import type { Begun } from "../native-tls/native-tls.ts";
import { Originating } from "../native-tls/originating.ts";
import { printAddress } from "../print-address.ts";
import type { Dial, Result } from "./attempts.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { EAGAIN, ECONNRESET, EINPROGRESS, EPIPE, EPOLLERR, EPOLLHUP, EPOLLOUT, wouldBlock } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import { Side } from "./side.ts";
import { familyOf } from "./socket-address.ts";
import type { Surroundings } from "./surroundings.ts";
import { errorName } from "./system-errors.ts";

// To ask for it costs as much as to ask for the time.
const TIME_ORIGIN = performance.timeOrigin;

/** Told of an attempt that has ended, and of the ClientHello that was sent, where spans need that. */
export type Dialed = (report: DialReport, sent: SentHello | undefined) => void;

/** What is attempted, and who is told. */
export type AttemptOptions = {
  readonly dial: Dial;
  /** The route's name. */
  readonly destination: string;
  /** How TLS is begun, where it is, asked when the socket has connected: leaves, roots and files may have changed since. */
  readonly origination: (() => Begun) | undefined;
  /** What the client has sent for the endpoint; asked for when it can be sent. */
  readonly first: () => Uint8Array | undefined;
  /** The one that is told of the socket. */
  readonly connection: Watcher;
  readonly dialed: Dialed;
  /** Told what came of it, once, unless `begin` does that or it is given up. */
  readonly done: (result: Result) => void;
};

/** What was reached: the TLS that was begun, where that was asked for, is for whoever has it to close, before the socket. */
export type Reached = {
  readonly upstream: Side;
  readonly secured: Originating | undefined;
  /** What has been told of the endpoint's socket so far. */
  readonly events: number;
  /** How much of what it is to have first the endpoint has been sent already. */
  readonly sent: number;
};

/** One attempt to connect to an address and, where that is asked for, to have it prove by TLS who it is; both within its connect timeout. */
export class Attempt {
  readonly #options: AttemptOptions;
  readonly #surroundings: Surroundings;
  readonly #startedMs = performance.now();
  #socket: Side | undefined;
  #events = 0;
  #sent = 0;
  #tls: Originating | undefined;
  #connectedMs = 0;
  #deadline: Deadline | undefined;

  constructor(options: AttemptOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  /** The descriptor of its socket. */
  get fd(): number | undefined {
    return this.#socket?.fd;
  }

  /** Begins to connect; what came of it, unless that is not known yet. */
  begin(): Result | undefined {
    const { kernel, loop, pacing } = this.#surroundings;
    const { dial, connection, origination } = this.#options;
    const fd = kernel.socket(familyOf(dial.host));
    if (fd < 0) return this.#failed(this.#dialFailure(explainDial(errorName(-fd))));
    this.#socket = new Side(fd, connection, this.#surroundings);
    pacing.lift(fd, dial.host);
    const connected = kernel.connect(fd, dial.packed);
    const result = connected === -EINPROGRESS ? this.#sendFirst(fd) : connected;
    if (result < 0 && !wouldBlock(result)) return this.#failed(this.#dialFailure(explainDial(errorName(-result))));
    if (result >= 0 && origination === undefined) return this.#succeeded();
    this.#socket.awaitRoom();
    this.#deadline = loop.after(dial.target.connectTimeoutMs, () => this.#tookTooLong());
    return undefined;
  }

  /** Something was told of its socket. */
  ready(events: number): void {
    const { origination, done } = this.#options;
    this.#events |= events;
    if (this.#tls !== undefined) {
      this.#tls.ready();
      return;
    }
    const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
    const errno = failed ? this.#surroundings.kernel.takeError(this.fd ?? -1) : 0;
    if (errno !== 0) done(this.#failed(this.#dialFailure(explainDial(errorName(errno)))));
    else if ((events & EPOLLOUT) === 0) return;
    else if (origination === undefined) done(this.#succeeded());
    else this.#secure(origination);
  }

  /** Hands over what it has reached. */
  take(): Reached {
    if (this.#socket === undefined) throw new Error("an endpoint was reached without a socket");
    return { upstream: this.#socket, secured: this.#tls, events: this.#events, sent: this.#sent };
  }

  /** Makes an end of it for another reason than its own. */
  giveUp(failure: ConnectionFailure): void {
    this.#failed(failure);
  }

  /**
   * Sends what the endpoint is to have first: on the same machine it is connected to by now, although connect does not say so, and need
   * not be waited for. Gives an error where it is not connected.
   */
  #sendFirst(fd: number): number {
    // By TLS nothing is sent before the endpoint has proved who it is.
    const first = this.#options.origination === undefined ? this.#options.first() : undefined;
    if (first === undefined) return -EAGAIN;
    const { kernel } = this.#surroundings;
    kernel.buffer.set(first);
    const result = kernel.send(fd, first.length);
    // It has answered, and gone again: that comes to light when bytes are carried.
    if (result === -ECONNRESET || result === -EPIPE) return 0;
    this.#sent = Math.max(result, 0);
    return result;
  }

  /** Begins TLS, for which there is what the connecting has left of the time. */
  #secure(begin: () => Begun): void {
    const { done } = this.#options;
    if (this.#socket === undefined) return;
    this.#connectedMs = performance.now();
    const origination = begin();
    if ("code" in origination) {
      done(this.#failed(origination));
      return;
    }
    const beginning = { socket: this.#socket, address: this.#address, origination };
    this.#tls = new Originating(this.#surroundings.tls.openssl, beginning, (failure) =>
      done(failure === undefined ? this.#succeeded() : this.#failed(failure)),
    );
    this.#tls.begin();
  }

  #tookTooLong(): void {
    const { connectTimeoutMs } = this.#options.dial.target;
    const leftMs = Math.max(1, connectTimeoutMs - (this.#connectedMs - this.#startedMs));
    const failure =
      this.#tls === undefined
        ? this.#dialFailure(noAnswerWithin(connectTimeoutMs))
        : this.#tls.timedOut(noAnswerWithin(leftMs));
    this.#options.done(this.#failed(failure));
  }

  #succeeded(): Result {
    lift(this.#deadline);
    this.#report(undefined);
    return { kind: "connected" };
  }

  #failed(failure: ConnectionFailure): Result {
    lift(this.#deadline);
    this.#report(failure);
    this.#tls?.close();
    this.#socket?.close("orderly");
    return { kind: "refused", failure };
  }

  get #address(): string {
    const { host, port } = this.#options.dial;
    return printAddress(host, port);
  }

  #dialFailure(reason: string): ConnectionFailure {
    return { code: "DIAL_FAILED", address: this.#address, reason };
  }

  #report(failure: ConnectionFailure | undefined): void {
    const { dial, destination, dialed } = this.#options;
    const { target, host, port } = dial;
    const sent = this.#surroundings.limits.traced ? this.#tls?.hello(placeBefore(target)) : undefined;
    const startedMs = TIME_ORIGIN + this.#startedMs;
    const endedMs = TIME_ORIGIN + performance.now();
    const dialled = { destination, target: target.name, host, port, startedMs, endedMs };
    const report: DialReport =
      failure === undefined ? { ...dialled, outcome: "OK" } : { ...dialled, outcome: failure.code, failure };
    dialed(sent === undefined ? report : { ...report, seen: firstSpanOf(sent) }, sent);
  }
}

/** What it is called that there was no answer in time. */
export function noAnswerWithin(ms: number): string {
  return `no answer within ${Math.round(ms)} ms`;
}
