import { traceConnection } from "./connection-span.ts";
import type { DialReport } from "./dial-report.ts";
import type { ProxyMetrics } from "./metrics.ts";
import type { ProxyLog } from "./options.ts";
import { type ConnectionRecord, wasRefused } from "./record.ts";

/** Where records go. */
export type LedgerOptions = {
  readonly log: ProxyLog;
  readonly metrics: ProxyMetrics;
  readonly refusalsKept: number;
  readonly now: () => number;
};

// A flood of refused connections must not drown the log: so many lines at once, then so many in a second.
const WARNINGS_AT_ONCE = 20;
const WARNINGS_PER_SECOND = 5;

/** Writes each ended connection down: once in the metrics, once in a trace, once in the log, and what was refused also for the operator to look at. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #refusals: ConnectionRecord[] = [];
  #allowance = WARNINGS_AT_ONCE;
  #allowedMs: number;
  #unlogged = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#allowedMs = options.now();
  }

  /** The last refused connections, the latest first. */
  refusals(): readonly ConnectionRecord[] {
    return this.#refusals.toReversed();
  }

  /** Writes an ended connection down, with its attempts to reach an endpoint. @param json - the record, where it is JSON already. */
  enter(record: ConnectionRecord, dials: readonly DialReport[] = [], json?: string): void {
    const { log, metrics, refusalsKept } = this.#options;
    metrics.closed(record);
    traceConnection(record, dials);
    if (wasRefused(record)) {
      this.#refusals.push(record);
      if (this.#refusals.length > refusalsKept) this.#refusals.shift();
      this.#warn(record);
    } else if (record.outcome === "CLIENT_CLOSED") {
      // Mostly a health check that only wants to know whether the port is open.
      log.debug(record, "connection closed");
    } else if (json !== undefined && log.infoRendered !== undefined) {
      log.infoRendered(json, "connection closed");
    } else {
      log.info(record, "connection closed");
    }
  }

  #warn(record: ConnectionRecord): void {
    const nowMs = this.#options.now();
    const earned = ((nowMs - this.#allowedMs) / 1_000) * WARNINGS_PER_SECOND;
    this.#allowance = Math.min(WARNINGS_AT_ONCE, this.#allowance + earned);
    this.#allowedMs = nowMs;
    if (this.#allowance < 1) {
      this.#unlogged += 1;
      return;
    }
    this.#allowance -= 1;
    const unlogged = this.#unlogged === 0 ? {} : { refusedUnlogged: this.#unlogged };
    this.#unlogged = 0;
    this.#options.log.warn({ ...record, ...unlogged }, "connection refused");
  }
}
