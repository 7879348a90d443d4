import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Listener } from "@causeway/routes";
import type { HostNames } from "../host-names.ts";
import type { Ledger } from "../ledger.ts";
import type { ProxyMetrics } from "../metrics.ts";
import type { Limits, ProxyLog } from "../options.ts";
import type { OpenConnection } from "../record.ts";
import type { Counters } from "./counters.ts";
import { Kernel } from "./kernel.ts";
import type { Beginning, News, Order, Report } from "./protocol.ts";
import { SplicedListener } from "./spliced-listener.ts";

/** What the engine is told, and whom it tells. */
export type SpliceEngineOptions = {
  readonly ledger: Ledger;
  readonly metrics: ProxyMetrics;
  readonly log: ProxyLog;
  readonly hostNames: HostNames;
  readonly limits: Limits;
  readonly counters: Counters;
};

/** What a connection leaves behind is gone soon, so that more room for it would only make the process larger. */
const YOUNG_MEGABYTES = 8;

/** A worker that does not answer for so long has come to grief; to list open connections takes it milliseconds. */
const LISTING_MS = 5_000;

/**
 * The worker thread that carries connections by splice(2), as seen from the main thread: it is handed listeners and routes, and tells what
 * becomes of its connections. It is started with the first listener. What its code did not foresee ends the process, as here.
 */
export class SpliceEngine {
  readonly #options: SpliceEngineOptions;
  readonly #kernel = Kernel.open();
  #running: { readonly worker: Worker; readonly port: MessagePort; readonly alarm: number } | undefined;
  #connections: readonly OpenConnection[] = [];
  #empty: PromiseWithResolvers<void> | undefined;

  constructor(options: SpliceEngineOptions) {
    this.#options = options;
  }

  /** Listens; throws the system's error when the address cannot be bound. */
  listen(listener: Listener): SplicedListener {
    this.#start();
    return new SplicedListener(listener, {
      kernel: this.#kernel,
      keepaliveMs: this.#options.limits.clientKeepaliveMs,
      order: (order) => this.#order(order),
    });
  }

  /** The connections that are open now. */
  connections(): readonly OpenConnection[] {
    this.#connections = [];
    this.#hearAll({ kind: "list", connections: true });
    return this.#connections;
  }

  /** Has all been recorded that has happened so far: the worker tells it in its own time otherwise, which is some milliseconds. */
  catchUp(): void {
    this.#hearAll({ kind: "list", connections: false });
  }

  /** Ends what is open. */
  cutOff(): void {
    this.#order({ kind: "cut-off" });
  }

  /** Resolves when no connection is open, and all have been recorded. */
  async whenEmpty(): Promise<void> {
    if (this.#running === undefined) return;
    this.#empty ??= Promise.withResolvers();
    this.#order({ kind: "await-empty" });
    await this.#empty.promise;
  }

  /** Ends the worker; nothing must be listening or open any more. */
  async close(): Promise<void> {
    if (this.#running === undefined) return;
    const { worker, alarm } = this.#running;
    const ended = Promise.withResolvers<void>();
    worker.once("exit", () => ended.resolve());
    this.#order({ kind: "close" });
    this.#running = undefined;
    await ended.promise;
    this.#kernel.close(alarm);
  }

  #start(): void {
    if (this.#running !== undefined) return;
    const { counters, limits } = this.#options;
    const { helloTimeoutMs, maxConnections, idleTimeoutMs } = limits;
    const { port1: port, port2: orders } = new MessageChannel();
    const alarm = this.#kernel.alarm();
    if (alarm < 0) throw new Error(`eventfd failed with error ${-alarm}`);
    port.on("message", (report: Report) => this.#hear(report));
    const workerData: Beginning = {
      orders,
      alarm,
      counters: counters.shared,
      limits: { helloTimeoutMs, maxConnections, idleTimeoutMs },
    };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "splice",
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      workerData,
      transferList: [orders],
    });
    worker.once("error", (error) => {
      throw error;
    });
    worker.once("exit", () => port.close());
    this.#running = { worker, port, alarm };
  }

  #order(order: Order): void {
    if (this.#running === undefined) return;
    this.#running.port.postMessage(order);
    this.#kernel.ring(this.#running.alarm);
  }

  /** Waits for what the worker tells in answer to a question, which it does between two turns of its loop. */
  #hearAll(question: Extract<Order, { readonly kind: "list" }>): void {
    if (this.#running === undefined) return;
    const { port } = this.#running;
    this.#options.counters.awaitListings(() => this.#order(question), 1, LISTING_MS);
    for (let message = receiveMessageOnPort(port); message; message = receiveMessageOnPort(port)) {
      this.#hear(message.message);
    }
  }

  #hear(report: Report): void {
    switch (report.kind) {
      case "news":
        this.#note(JSON.parse(report.json));
        break;
      case "resolve":
        void this.#resolve(report.query, report.host);
        break;
      case "connections":
        this.#connections = report.connections;
        break;
      case "empty":
        this.#empty?.resolve();
        this.#empty = undefined;
        break;
      case "cannot-accept":
        this.#options.log.warn({ listener: report.listener, reason: report.reason }, "cannot accept a connection");
    }
  }

  #note({ opened, dialed, ended }: News): void {
    const { metrics, ledger } = this.#options;
    for (const [listener, count] of Object.entries(opened)) metrics.opened(listener, count);
    for (const { destination, outcome, startedMs, endedMs } of dialed) {
      metrics.dialed(destination, outcome, (endedMs - startedMs) / 1_000);
    }
    for (const { record, dials } of ended) ledger.enter(record, dials);
  }

  async #resolve(query: number, host: string): Promise<void> {
    const answer = await this.#options.hostNames.addresses(host).then(
      (hosts) => ({ kind: "addresses", hosts }) as const,
      (error: unknown) => ({ kind: "failed", reason: error instanceof Error ? error.message : String(error) }) as const,
    );
    this.#order({ kind: "resolved", query, answer });
  }
}
