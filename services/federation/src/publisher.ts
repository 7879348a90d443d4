import type { FederationState } from "@causeway/model";
import { backoff, type Clock, type Logger, type Timer } from "@causeway/runtime";
import type { KnownGateways } from "./gateways.ts";
import { isNews, type Statement, type Version } from "./news.ts";

/** What a publisher works with. */
export type PublisherOptions = {
  readonly datacenter: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  /** What is true now; undefined while that is not known. */
  readonly read: () => Promise<KnownGateways | undefined>;
  /** What the primary datacenter was last seen to know. */
  readonly known: () => Statement | undefined;
  /** Tells the primary datacenter. */
  readonly tell: (state: FederationState) => Promise<unknown>;
  /** Called for each attempt that failed. */
  readonly failed: () => void;
};

/** Changes come in groups: an instance and its checks. */
const COALESCE_MS = 5;

/** Keeps the primary datacenter informed: tells it what is true here whenever that is news to it, and tries again until it is told. */
export class Publisher {
  readonly #options: PublisherOptions;
  #called = Promise.withResolvers<void>();
  #told: Version | undefined;
  #failures = 0;
  #retry: Timer | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Has it looked again, soon: to be called when anything has changed, or the primary datacenter can be reached again. */
  look(): void {
    this.#called.resolve();
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.look(), { once: true });
    while (!signal.aborted) {
      await this.#called.promise;
      await this.#options.clock.sleep(COALESCE_MS, signal).catch(() => {});
      if (signal.aborted) break;
      this.#called = Promise.withResolvers();
      this.#retry?.cancel();
      await this.#attempt().then(
        () => this.#succeeded(),
        (error: unknown) => {
          // What is cut off at the end is no failure.
          if (!signal.aborted) this.#failedBy(error);
        },
      );
    }
    this.#retry?.cancel();
  }

  async #attempt(): Promise<void> {
    const { datacenter, clock, read, known, tell } = this.#options;
    const now = await read();
    if (now === undefined) return;
    const { gateways, catalogMade, catalogRevision } = now;
    const statement = { MeshGateways: [...gateways], CatalogMade: catalogMade, CatalogRevision: catalogRevision };
    if (!isNews(statement, known(), this.#told)) return;
    const UpdatedAt = new Date(clock.now()).toISOString();
    await tell({ Datacenter: datacenter, ...statement, UpdatedAt, CreateIndex: 0, ModifyIndex: 0 });
    this.#told = statement;
  }

  #succeeded(): void {
    if (this.failing) this.#options.log.info({ attempts: this.#failures + 1 }, "mesh gateways published again");
    this.#failures = 0;
  }

  #failedBy(error: unknown): void {
    const { clock, log, failed } = this.#options;
    failed();
    this.#failures += 1;
    if (this.#failures === 1) log.warn({ error }, "mesh gateways not published, tried again");
    this.#retry = clock.setTimer(backoff(this.#failures), () => this.look());
  }
}
