/** A gateway that is linked to thousands of services asks for thousands of leaves at its start; the CA is to be asked, not flooded. */
const AT_ONCE = 8;

/** Runs jobs in the order in which they come, a few at a time. */
export class RequestQueue {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  #closed = false;

  /** Runs `job` when it is its turn. A job must not reject. */
  async run(job: () => Promise<void>): Promise<void> {
    this.#waiting.push(job);
    if (this.#running < AT_ONCE) await this.#work();
  }

  /** Starts no further job. */
  close(): void {
    this.#closed = true;
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (let job = this.#waiting.shift(); job !== undefined && !this.#closed; job = this.#waiting.shift()) await job();
    this.#running -= 1;
  }
}
