import { fromKeyToken, HEARTBEATS, pingSubject } from "@causeway/model";
import { type Clock, systemClock, type Timer } from "@causeway/runtime";
import type { NatsConnection } from "@nats-io/transport-node";

/** Whether a datacenter can be reached over the bus: `unheard` while it is too early to say. */
export type PathState = "open" | "silent" | "unheard";

/** Told of each datacenter whose path has opened or fallen silent, and that it is open once more when NATS has been restarted there. */
export type PathListener = (datacenter: string, state: PathState) => void;

/** Four heartbeats: a busy machine may miss one or two. */
const SILENT_AFTER_MS = 4_000;

type Heard = {
  state: PathState;
  timer: Timer;
  /** The NATS servers through which heartbeats have come since the path opened. */
  readonly servers: Set<string>;
};

/**
 * Which datacenters can be reached over the bus, by the heartbeats that each of them sends once a second.
 *
 * The link between two datacenters may be cut without either NATS server noticing for a while; heartbeats that stay away tell within
 * seconds. A heartbeat names the NATS server that it comes through: one that was restarted so fast that none stayed away has forgotten
 * who was watching, and has another name. Listens only once somebody asks.
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
      callback: (error, message) => {
        if (error !== null) return;
        const [, datacenter = ""] = message.subject.split(".");
        this.#beat(fromKeyToken(datacenter), message.string());
      },
    });
  }

  #beat(datacenter: string, server: string): void {
    if (datacenter === this.#own) return;
    const heard = this.#of(datacenter);
    heard.timer.cancel();
    heard.timer = this.#timer(datacenter);
    const restarted = heard.servers.size > 0 && !heard.servers.has(server);
    heard.servers.add(server);
    if (heard.state !== "open" || restarted) this.#become(datacenter, heard, "open");
  }

  #of(datacenter: string): Heard {
    const known = this.#heard.get(datacenter);
    if (known !== undefined) return known;
    const heard: Heard = { state: "unheard", timer: this.#timer(datacenter), servers: new Set() };
    this.#heard.set(datacenter, heard);
    void this.#ping(datacenter, heard);
    return heard;
  }

  /** Asks a datacenter that has not been heard yet: who is there answers sooner than with the next heartbeat, and nobody at once. */
  async #ping(datacenter: string, heard: Heard): Promise<void> {
    try {
      const answer = await this.#connection.request(pingSubject(datacenter), "", { timeout: SILENT_AFTER_MS });
      this.#beat(datacenter, answer.string());
    } catch {
      if (heard.state === "unheard") this.#become(datacenter, heard, "silent");
    }
  }

  #timer(datacenter: string): Timer {
    return this.#clock.setTimer(SILENT_AFTER_MS, () => {
      const heard = this.#heard.get(datacenter);
      heard?.servers.clear();
      if (heard !== undefined && heard.state !== "silent") this.#become(datacenter, heard, "silent");
    });
  }

  #become(datacenter: string, heard: Heard, state: PathState): void {
    heard.state = state;
    for (const listener of this.#listeners) listener(datacenter, state);
  }
}
