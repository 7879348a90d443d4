/** One thing that must be done before the service is ready. */
export type ReadinessTask = {
  /** Marks it as done. */
  readonly done: () => void;
  /** Marks it as not done, with the reason that /readyz then shows. May be called again, and after `done`. */
  readonly failed: (reason: string) => void;
};

/** What a task looks like from outside. */
export type TaskState = { readonly name: string; readonly done: boolean; readonly reason?: string };

/** What /readyz answers. */
export type ReadinessReport = {
  readonly ready: boolean;
  /** Whether the process is on its way out; it is never ready then. */
  readonly draining: boolean;
  readonly waitingFor: readonly TaskState[];
};

const NOT_YET = "not done yet";

/** What a service still has to do before it can be sent work: named tasks, each done or not, with the reason. */
export class Readiness {
  readonly #tasks = new Map<string, TaskState>();
  readonly #waiters = new Set<() => void>();
  #draining = false;

  /** Adds a task that is not done yet; the service is not ready until it is. Asking again for a name starts it anew. */
  task(name: string): ReadinessTask {
    this.#tasks.set(name, { name, done: false, reason: NOT_YET });
    return {
      done: () => this.#update({ name, done: true }),
      failed: (reason) => this.#update({ name, done: false, reason }),
    };
  }

  /** Makes the service not ready for good, so that it is sent no new work while it finishes what it has. */
  drain(): void {
    this.#draining = true;
  }

  report(): ReadinessReport {
    const waitingFor = [...this.#tasks.values()].filter(({ done }) => !done);
    return { ready: waitingFor.length === 0 && !this.#draining, draining: this.#draining, waitingFor };
  }

  /** Resolves once every task is done: at once when there is none. Never resolves when draining has begun before. */
  whenReady(): Promise<void> {
    if (this.report().ready) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  #update(task: TaskState): void {
    this.#tasks.set(task.name, task);
    if (!this.report().ready) return;
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}
