import type { Connection } from "./connection.ts";
import type { ConnectionFailure } from "./errors.ts";

/** Open connections, so that each can be asked again whether it may stay. */
export class OpenConnections {
  readonly #open = new Set<Connection>();
  #empty: PromiseWithResolvers<void> | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** Runs `serve` as an open connection. It is entered before anything is decided, so that no change in between is missed. */
  async admit(connection: Connection, serve: () => Promise<void>): Promise<void> {
    this.#open.add(connection);
    try {
      await serve();
    } finally {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#empty?.resolve();
    }
  }

  /** Ends every connection for which `objection` gives a reason. */
  recheck(objection: (connection: Connection) => ConnectionFailure | undefined): void {
    for (const connection of this.#open) {
      const failure = objection(connection);
      if (failure !== undefined) connection.abort(failure);
    }
  }

  /** Resolves when no connection is open. */
  async whenEmpty(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#empty ??= Promise.withResolvers();
    await this.#empty.promise;
    this.#empty = undefined;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }
}
