import type { Listener } from "@causeway/routes";
import { tracesAreExported } from "@causeway/runtime";
import type { HostNames } from "../host-names.ts";
import type { Identities } from "../identities.ts";
import type { Ledger } from "../ledger.ts";
import type { ProxyMetrics } from "../metrics.ts";
import type { FilesOrder, FilesState } from "../native-tls/mirrored-files.ts";
import { ToldIdentities } from "../native-tls/told-identities.ts";
import type { Limits, ProxyLog } from "../options.ts";
import type { OpenConnection } from "../record.ts";
import { fileSetKey, type TlsFileSet } from "../tls-files.ts";
import type { Counters } from "./counters.ts";
import { Kernel } from "./kernel.ts";
import type { News, Order, Report } from "./protocol.ts";
import { SplicedListener } from "./spliced-listener.ts";
import { WorkerLink } from "./worker-link.ts";

/** What the engine is told, and whom it tells. */
export type SpliceEngineOptions = {
  readonly identities: Identities;
  readonly ledger: Ledger;
  readonly metrics: ProxyMetrics;
  readonly log: ProxyLog;
  readonly hostNames: HostNames;
  readonly limits: Limits;
  readonly counters: Counters;
  /** How many threads carry connections. */
  readonly workers: number;
  /** Whether another process may listen on the same addresses. */
  readonly sharePorts: boolean;
};

/** A worker that does not answer for so long has come to grief; to list open connections takes it milliseconds. */
const LISTING_MS = 5_000;

/**
 * The worker threads that carry connections by splice(2), as seen from the main thread: each is handed a socket of every listener, among
 * which the kernel shares the connections out, and the routes, and tells what becomes of its connections. They are started with the first
 * listener.
 */
export class SpliceEngine {
  readonly #options: SpliceEngineOptions;
  readonly #kernel = Kernel.open();
  #workers: readonly WorkerLink[] = [];
  #presented: ReadonlySet<string> = new Set();
  #told: ToldIdentities;
  readonly #files = new Map<string, FilesOrder>();
  #connections: OpenConnection[] = [];
  #emptied: { readonly left: Set<WorkerLink>; readonly all: PromiseWithResolvers<void> } | undefined;

  constructor(options: SpliceEngineOptions) {
    this.#options = options;
    this.#told = new ToldIdentities(options.identities);
  }

  /** Listens; throws the system's error when the address cannot be bound. */
  listen(listener: Listener): SplicedListener {
    this.#start();
    return new SplicedListener(listener, {
      kernel: this.#kernel,
      keepaliveMs: this.#options.limits.clientKeepaliveMs,
      sharePorts: this.#options.sharePorts,
      workers: this.#workers,
    });
  }

  /** Has the leaves of these services presented as they are now, and the roots believed; to be called when either may have changed. */
  present(services: ReadonlySet<string> = this.#presented): void {
    this.#presented = services;
    if (this.#workers.length > 0) for (const order of this.#told.news(services)) this.#order(order);
  }

  /** Has TLS begun with what these files hold; without a state, they are of use no more. */
  hold(files: TlsFileSet, state: FilesState | undefined): void {
    const order = { kind: "files", key: fileSetKey(files), state } as const;
    if (state === undefined) this.#files.delete(order.key);
    else this.#files.set(order.key, order);
    this.#order(order);
  }

  /** The connections that are open now. */
  connections(): readonly OpenConnection[] {
    this.#connections = [];
    this.#hearAll({ kind: "list", connections: true });
    return this.#connections;
  }

  /** Has all been recorded that has happened so far: a worker tells it in its own time otherwise, which is some milliseconds. */
  catchUp(): void {
    this.#hearAll({ kind: "list", connections: false });
  }

  /** Ends what is open. */
  cutOff(): void {
    this.#order({ kind: "cut-off" });
  }

  /** Resolves when no connection is open, and all have been recorded. */
  async whenEmpty(): Promise<void> {
    if (this.#workers.length === 0) return;
    this.#emptied ??= { left: new Set(this.#workers), all: Promise.withResolvers() };
    this.#order({ kind: "await-empty" });
    await this.#emptied.all.promise;
  }

  /** Ends the workers; nothing must be listening or open any more. */
  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }

  #start(): void {
    if (this.#workers.length > 0) return;
    const { counters, limits, workers } = this.#options;
    const { helloTimeoutMs, handshakeTimeoutMs, maxConnections, idleTimeoutMs } = limits;
    const beginning = {
      kernel: this.#kernel,
      counters: counters.shared,
      limits: { helloTimeoutMs, handshakeTimeoutMs, maxConnections, idleTimeoutMs, traced: tracesAreExported() },
      hear: (report: Report, from: WorkerLink) => this.#hear(report, from),
    };
    this.#workers = Array.from({ length: workers }, () => new WorkerLink(beginning));
    this.#told = new ToldIdentities(this.#options.identities);
    this.present(this.#presented);
    for (const order of this.#files.values()) this.#order(order);
  }

  #order(order: Order): void {
    for (const worker of this.#workers) worker.order(order);
  }

  /** Waits for what the workers tell in answer to a question, which they do between two turns of their loops. */
  #hearAll(question: Extract<Order, { readonly kind: "list" }>): void {
    const workers = this.#workers;
    this.#options.counters.awaitListings(() => this.#order(question), workers.length, LISTING_MS);
    for (const worker of workers) worker.catchUp();
  }

  #hear(report: Report, from: WorkerLink): void {
    switch (report.kind) {
      case "news":
        this.#note(JSON.parse(report.json), report.records);
        break;
      case "resolve":
        void this.#resolve(report.query, report.host, from);
        break;
      case "connections":
        this.#connections.push(...report.connections);
        break;
      case "empty":
        this.#noteEmpty(from);
        break;
      case "cannot-accept":
        this.#options.log.warn({ listener: report.listener, reason: report.reason }, "cannot accept a connection");
    }
  }

  #note({ opened, dialed, dials }: News, records: string): void {
    const { metrics, ledger } = this.#options;
    for (const [listener, count] of Object.entries(opened)) metrics.opened(listener, count);
    for (const { destination, outcome, seconds } of dialed) metrics.dialed(destination, outcome, seconds);
    const lines = records.split("\n");
    // Behind the last record is nothing.
    lines.pop();
    lines.forEach((json, i) => void ledger.enter(JSON.parse(json), dials[i], json));
  }

  #noteEmpty(worker: WorkerLink): void {
    this.#emptied?.left.delete(worker);
    if (this.#emptied?.left.size !== 0) return;
    this.#emptied.all.resolve();
    this.#emptied = undefined;
  }

  async #resolve(query: number, host: string, from: WorkerLink): Promise<void> {
    const answer = await this.#options.hostNames.addresses(host).then(
      (hosts) => ({ kind: "addresses", hosts }) as const,
      (error: unknown) => ({ kind: "failed", reason: error instanceof Error ? error.message : String(error) }) as const,
    );
    from.order({ kind: "resolved", query, answer });
  }
}
