import type { Clock, Timer } from "@causeway/runtime";

/** Named points in time, each of which can be put off or called off before it comes. */
export class Deadlines {
  readonly #clock: Pick<Clock, "setTimer">;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Pick<Clock, "setTimer">) {
    this.#clock = clock;
  }

  /** Calls `work` after `afterMs`, in place of what was to be done under this name. */
  set(name: string, afterMs: number, work: () => void): void {
    this.clear(name);
    const due = () => {
      this.#timers.delete(name);
      work();
    };
    this.#timers.set(name, this.#clock.setTimer(afterMs, due));
  }

  /** Calls off what was to be done; nothing happens when there is none. */
  clear(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  /** Calls off everything. */
  close(): void {
    for (const name of [...this.#timers.keys()]) this.clear(name);
  }
}
