import { fromKeyToken, HEARTBEATS } from "@causeway/model";
import { type Clock, systemClock, type Timer } from "@causeway/runtime";
import type { NatsConnection } from "@nats-io/transport-node";

/** Whether a datacenter can be reached over the bus: `unheard` while it is too early to say. */
export type PathState = "open" | "silent" | "unheard";

/** Told of each datacenter whose path has opened or fallen silent. */
export type PathListener = (datacenter: string, state: PathState) => void;

/** Four heartbeats: a busy machine may miss one or two. */
const SILENT_AFTER_MS = 4_000;

type Heard = { state: PathState; timer: Timer };

/**
 * Which datacenters can be reached over the bus, by the heartbeats that each of them sends once a second.
 *
 * The link between two datacenters may be cut without either NATS server noticing for a while; heartbeats that stay away tell within
 * seconds. Listens only once somebody asks.
 */
export class Paths {
  readonly #connection: NatsConnection;
  readonly #own: string;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();
  readonly #listeners = new Set<PathListener>();
  #listening = false;

  constructor(connection: NatsConnection, own: string, clock: Clock = systemClock) {
    this.#connection = connection;
    this.#own = own;
    this.#clock = clock;
  }

  /** Whether `datacenter` can be reached now; one's own always can. */
  state(datacenter: string): PathState {
    if (datacenter === this.#own) return "open";
    this.#listen();
    return this.#of(datacenter).state;
  }

  /** Calls `listener` at each change of any path, until the function that comes back is called. */
  onChange(listener: PathListener): () => void {
    this.#listen();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when `datacenter` can be reached, at once if it can, or when `signal` aborts. */
  async whenOpen(datacenter: string, signal: AbortSignal): Promise<void> {
    await this.#until(datacenter, (state) => state === "open", signal);
  }

  /** Resolves when it is known that `datacenter` cannot be reached, or when `signal` aborts. */
  async whenSilent(datacenter: string, signal: AbortSignal): Promise<void> {
    await this.#until(datacenter, (state) => state === "silent", signal);
  }

  /** Stops its timers; to be called when the connection closes. */
  close(): void {
    for (const { timer } of this.#heard.values()) timer.cancel();
  }

  #until(datacenter: string, holds: (state: PathState) => boolean, signal: AbortSignal): Promise<void> {
    if (holds(this.state(datacenter)) || signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = this.onChange((changed, state) => {
      if (changed === datacenter && holds(state)) resolve();
    });
    const aborted = () => resolve();
    signal.addEventListener("abort", aborted, { once: true });
    return promise.finally(() => {
      forget();
      signal.removeEventListener("abort", aborted);
    });
  }

  #listen(): void {
    if (this.#listening || this.#connection.isClosed()) return;
    this.#listening = true;
    this.#connection.subscribe(HEARTBEATS, {
      callback: (error, { subject }) => {
        const [, datacenter = ""] = subject.split(".");
        if (error === null) this.#beat(fromKeyToken(datacenter));
      },
    });
  }

  #beat(datacenter: string): void {
    if (datacenter === this.#own) return;
    const heard = this.#of(datacenter);
    heard.timer.cancel();
    heard.timer = this.#timer(datacenter);
    this.#become(datacenter, heard, "open");
  }

  /** A datacenter is given as long to be heard as one that was heard is given to be heard again. */
  #of(datacenter: string): Heard {
    const known = this.#heard.get(datacenter);
    if (known !== undefined) return known;
    const heard: Heard = { state: "unheard", timer: this.#timer(datacenter) };
    this.#heard.set(datacenter, heard);
    return heard;
  }

  #timer(datacenter: string): Timer {
    return this.#clock.setTimer(SILENT_AFTER_MS, () => {
      const heard = this.#heard.get(datacenter);
      if (heard !== undefined) this.#become(datacenter, heard, "silent");
    });
  }

  #become(datacenter: string, heard: Heard, state: PathState): void {
    if (heard.state === state) return;
    heard.state = state;
    for (const listener of this.#listeners) listener(datacenter, state);
  }
}
