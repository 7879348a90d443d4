import type { Clock } from "@causeway/runtime";

/** Lets one who waits for a time be woken before it. */
export class Alarm {
  readonly #clock: Clock;
  #woken = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes whoever waits; one who does not wait just now will not wait the next time. */
  ring(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Waits for `ms`, and says whether it was woken before. */
  async wait(ms: number): Promise<boolean> {
    if (!this.#woken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = this.#clock.setTimer(ms, resolve);
      await promise;
      timer.cancel();
      this.#wake = undefined;
    }
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }
}
