import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "@causeway/testkit";
import { call } from "./http-call.ts";
import { START_UP_MS } from "./limits.ts";

/** What an application does between two calls; without it the calls alone would keep two processors busy. */
const PAUSE_MS = 15;

/** Calls that go on and on, each over a new connection, with account of how they went. */
export class Traffic implements AsyncDisposable {
  /** Callers at the same time. */
  static readonly CALLERS = 3;
  readonly #port: number;
  readonly #failures: Error[] = [];
  readonly #callers: readonly Promise<void>[];
  #answered = 0;
  #stopped = false;

  /** Begins to call the service behind a local port. */
  constructor(port: number) {
    this.#port = port;
    this.#callers = Array.from({ length: Traffic.CALLERS }, () => this.#callOnAndOn());
  }

  get answered(): number {
    return this.#answered;
  }

  /** Texts of what went wrong, one for each call that failed. */
  get failures(): readonly string[] {
    return this.#failures.map(({ message }) => message);
  }

  /** Resolves when so many more calls have been answered. */
  async more(calls: number): Promise<void> {
    const enough = this.#answered + calls;
    const check = () => {
      if (this.#answered < enough)
        throw new Error(`${enough - this.#answered} calls are still to be answered; ${this.failures.at(-1)}`);
    };
    await eventually(check, { timeoutMs: START_UP_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
  }

  async #callOnAndOn(): Promise<void> {
    while (!this.#stopped) {
      try {
        await call(this.#port);
        this.#answered += 1;
      } catch (error) {
        this.#failures.push(error as Error);
      }
      await pause(PAUSE_MS);
    }
  }
}
