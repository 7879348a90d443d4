import { ask, type Bus, type BusConfig, busAddress, connectBus } from "@causeway/bus";
import type { Reply, Request, Verb } from "@causeway/model";
import { backoff, type Clock, type Metrics } from "@causeway/runtime";
import type { GatewayLog } from "./gateway-log.ts";

export type BusLinkOptions = {
  readonly config: BusConfig;
  /** Shown in NATS' list of connections. */
  readonly name: string;
  /** What kind of proxy it is, which says what it may do on the bus. */
  readonly role: string;
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly metrics: Metrics;
};

/** Waits between attempts when a connection is refused for good, by wrong credentials say; a server that is away is waited for anyway. */
const REFUSED = { baseMs: 1_000, maxMs: 30_000 };

/** A connection to the bus that need not be there yet. */
export class BusLink {
  readonly #options: BusLinkOptions;
  #bus: Bus | undefined;

  constructor(options: BusLinkOptions) {
    this.#options = options;
  }

  /** Whether NATS has been reached since the process started. */
  get reached(): boolean {
    return this.#bus !== undefined;
  }

  /** Connects in the background, for as long as it takes; `connected` is called once. */
  open(signal: AbortSignal, connected: (bus: Bus) => void): void {
    void this.#connect(signal).then((bus) => {
      if (bus === undefined) return;
      this.#bus = bus;
      connected(bus);
    });
  }

  /** Asks a control-plane service; rejects at once while NATS has never been reached, otherwise as the bus does. */
  async ask<V extends Verb>(verb: V, request: Request<V>): Promise<Reply<V>> {
    if (this.#bus === undefined) throw new Error(`NATS has not been reached yet at ${this.#options.config.natsUrl}`);
    return ask(this.#bus, verb, request);
  }

  /** Closes the connection, if there is one. */
  async close(): Promise<void> {
    await this.#bus?.drain();
  }

  async #connect(signal: AbortSignal): Promise<Bus | undefined> {
    const { config, name, role, clock, log, metrics } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await connectBus({ ...busAddress(config), name, role, log, metrics });
      } catch (error) {
        log.error({ error, natsUrl: config.natsUrl }, "NATS refused the connection");
        await clock.sleep(backoff(attempt, REFUSED), signal).catch(() => {});
      }
    }
    return undefined;
  }
}
