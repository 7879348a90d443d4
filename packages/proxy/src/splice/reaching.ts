import type { Route } from "@causeway/routes";
import type { ConnectionFailure } from "../errors.ts";
import type { Begun } from "../native-tls/native-tls.ts";
import { Attempt, type Dialed, noAnswerWithin, type Reached } from "./attempt.ts";
import { type Arrival, attempts, type Dial, type Guide, type Result, type Step } from "./attempts.ts";
import { type Deadline, lift } from "./deadlines.ts";
import { EPOLLERR, EPOLLHUP } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import type { Stage, Surroundings } from "./surroundings.ts";

/** How the attempts to reach an endpoint ended. */
export type Outcome =
  | ({
      readonly kind: "reached";
      readonly arrival: Extract<Arrival, { readonly kind: "arrived" }>;
    } & Reached)
  | { readonly kind: "lost"; readonly failure: ConnectionFailure }
  | { readonly kind: "client-gone" };

/** For which connection something is reached, and who is told. */
export type Errand = {
  readonly route: Route;
  readonly guide: Omit<Guide, "recentFailures" | "nowMs">;
  /** What the client has sent for the endpoint; asked for when it can be sent. */
  readonly first: () => Uint8Array | undefined;
  /** The one that is told of the sockets. */
  readonly connection: Watcher;
  readonly dialed: Dialed;
  /** Why an attempt that is given up is. */
  readonly givenUpFor: () => ConnectionFailure;
  readonly done: (outcome: Outcome) => void;
};

const FILES_UNREAD = { code: "TLS_FILES_UNUSABLE", reason: "they have not been read" } as const;

/** Connects to one of the endpoints of a route, as `attempts` says, and begins TLS with it where its target asks for that. */
export class Reaching implements Stage {
  readonly #errand: Errand;
  readonly #surroundings: Surroundings;
  readonly #steps: Generator<Step, Arrival, Result>;
  #pending: { readonly attempt: Attempt; readonly dial: Dial } | undefined;
  /** Makes an end of waiting for files. */
  #stopWaiting: () => void = () => {};
  #deadline: Deadline | undefined;
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
    if (fd === this.#pending?.attempt.fd) this.#pending.attempt.ready(events);
    else if ((events & (EPOLLERR | EPOLLHUP)) !== 0) this.#errand.done({ kind: "client-gone" });
  }

  /** Gives up what has not been reached yet. */
  leave(): void {
    this.#left = true;
    lift(this.#deadline);
    this.#stopWaiting();
    this.#pending?.attempt.giveUp(this.#errand.givenUpFor());
    this.#pending = undefined;
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

  /** Takes one step; what came of it, unless that is not known yet. */
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
    if (this.#pending === undefined) throw new Error("an endpoint was reached without an attempt");
    const { attempt, dial } = this.#pending;
    this.#pending = undefined;
    const reached = attempt.take();
    const { keepalive } = dial.target;
    if (keepalive !== undefined) this.#surroundings.probing.add(reached.upstream, keepalive);
    this.#errand.done({ ...reached, kind: "reached", arrival });
  }

  /** Finds out how TLS is begun. */
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

  /** That TLS can be begun is known before anything is dialled; with what, it is asked again when that has connected. */
  #begun(begun: Begun | undefined): Result {
    const failed = begun !== undefined && "code" in begun;
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

  #dial(dial: Dial): Result | undefined {
    const { route, first, connection, dialed } = this.#errand;
    const origination = this.#originationAt(dial);
    const done = (result: Result) => this.#attempted(result);
    const options = { dial, destination: route.name, origination, first, connection, dialed, done };
    const attempt = new Attempt(options, this.#surroundings);
    this.#pending = { attempt, dial };
    const result = attempt.begin();
    if (result?.kind === "refused") this.#pending = undefined;
    return result;
  }

  #originationAt({ target: { outbound } }: Dial): (() => Begun) | undefined {
    return outbound.kind === "plain" ? undefined : () => this.#surroundings.tls.originationOf(outbound) ?? FILES_UNREAD;
  }

  #attempted(result: Result): void {
    if (result.kind === "refused") this.#pending = undefined;
    this.#goOn(this.#steps.next(result));
  }
}
