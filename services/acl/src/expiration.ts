import type { AclToken } from "@causeway/model";
import { hasExpired } from "@causeway/policy";
import type { Clock, Timer } from "@causeway/runtime";
import type { Store } from "./store.ts";

type Log = { warn(facts: object, message: string): void };

/** Pause after a removal that failed, because NATS was away say. */
const RETRY_MS = 5_000;

/** Removes tokens once their time is over. Whoever asks about one knows that it is over without this. */
export class Expiration {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Timer | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;

  constructor(store: Store, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Takes in a token that is there. */
  note({ ExpirationTime }: Pick<AclToken, "ExpirationTime">): void {
    if (ExpirationTime !== undefined) this.#fireAt(Date.parse(ExpirationTime));
  }

  /** Removes nothing any more. */
  close(): void {
    this.#timer?.cancel();
  }

  #fireAt(atMs: number): void {
    if (atMs >= this.#firesAtMs) return;
    this.#timer?.cancel();
    this.#firesAtMs = atMs;
    this.#timer = this.#clock.setTimer(Math.max(0, atMs - this.#clock.now()), () => void this.#fire());
  }

  async #fire(): Promise<void> {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    try {
      while (await this.#removeOne());
      for (const token of this.#store.directory.tokens.values()) this.note(token);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ reason }, "expired token not removed yet");
      this.#fireAt(this.#clock.now() + RETRY_MS);
    }
  }

  async #removeOne(): Promise<boolean> {
    let found = false;
    await this.#store.change(() => {
      const expired = [...this.#store.directory.tokens.values()].find((token) => hasExpired(token, this.#clock.now()));
      found = expired !== undefined;
      return expired && { kind: "token", id: expired.AccessorID, value: undefined };
    });
    return found;
  }
}
