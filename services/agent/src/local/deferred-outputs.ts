import type { CheckStatus } from "@causeway/model";
import type { Clock, Timer } from "@causeway/runtime";

/** When outputs become due. */
export type DeferredOutputsOptions = {
  readonly clock: Clock;
  /** 0 defers nothing. */
  readonly checkUpdateIntervalMs: number;
  readonly random?: () => number;
  /** Called when an output has become due. */
  readonly due: () => void;
};

/**
 * Which checks may tell an output that alone is new. Outputs have a time or a counter in them often enough, and each would otherwise be
 * a write to the catalog; so one waits for half of the interval up to one and a half of it, and what comes meanwhile goes with it.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config/config-files#check_update_interval
 */
export class DeferredOutputs {
  readonly #options: DeferredOutputsOptions;
  readonly #waiting = new Map<string, Timer>();
  readonly #due = new Set<string>();
  readonly #statuses = new Map<string, CheckStatus>();

  constructor(options: DeferredOutputsOptions) {
    this.#options = options;
  }

  /** Notes a check's status, undefined when it has gone: an output that came with another status is due, whatever comes after it. */
  note(checkId: string, status: CheckStatus | undefined): void {
    if (status === this.#statuses.get(checkId)) return;
    if (status === undefined) this.#statuses.delete(checkId);
    else this.#statuses.set(checkId, status);
    this.#due.add(checkId);
  }

  /** True when a check's output may be told. */
  isDue(checkId: string): boolean {
    return this.#options.checkUpdateIntervalMs === 0 || this.#due.has(checkId);
  }

  /** Notes which checks have an output that was not told; those that are not among them have told theirs, or have gone. */
  defer(checkIds: readonly string[]): void {
    this.#due.clear();
    for (const [id, timer] of this.#waiting) {
      if (checkIds.includes(id)) continue;
      timer.cancel();
      this.#waiting.delete(id);
    }
    for (const id of checkIds) if (!this.#waiting.has(id)) this.#waiting.set(id, this.#wait(id));
  }

  /** Nothing becomes due any more. */
  close(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }

  #wait(id: string): Timer {
    const { clock, checkUpdateIntervalMs, random = Math.random, due } = this.#options;
    return clock.setTimer(checkUpdateIntervalMs * (0.5 + random()), () => {
      this.#waiting.delete(id);
      this.#due.add(id);
      due();
    });
  }
}
