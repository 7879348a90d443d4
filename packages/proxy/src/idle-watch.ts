import type { Clock, Timer } from "@causeway/runtime";
import type { Connection } from "./connection.ts";

type Seen = { readonly bytes: number; readonly sinceMs: number };

// So a connection is closed at most a quarter later than it should be.
const LOOKS_PER_TIMEOUT = 4;

/** Ends connections on which nothing has been sent for long. Looks at their counters now and then, which costs nothing per byte. */
export class IdleWatch {
  readonly #seen = new WeakMap<Connection, Seen>();
  readonly #open: Iterable<Connection>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #timer: Timer | undefined;

  /** @param timeoutMs - 0 watches nothing. */
  constructor(open: Iterable<Connection>, clock: Clock, timeoutMs: number) {
    this.#open = open;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    if (timeoutMs > 0) this.#schedule();
  }

  /** Watches no more. */
  close(): void {
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(this.#timeoutMs / LOOKS_PER_TIMEOUT, () => {
      for (const connection of this.#open) this.#look(connection);
      this.#schedule();
    });
  }

  #look(connection: Connection): void {
    if (connection.carriage === undefined) return;
    const { client, upstream } = connection.carriage;
    const bytes = client.bytesRead + upstream.bytesRead;
    const seen = this.#seen.get(connection);
    const nowMs = this.#clock.now();
    if (seen?.bytes !== bytes) this.#seen.set(connection, { bytes, sinceMs: nowMs });
    else if (nowMs - seen.sinceMs >= this.#timeoutMs) connection.abort({ code: "IDLE", afterMs: nowMs - seen.sinceMs });
  }
}
