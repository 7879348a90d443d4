import type { ConnectionRecord } from "./record.ts";

/** A proxy's counters, implemented by whoever exports them. Labels are to be taken from the closed sets only: never names or addresses. */
export interface ProxyMetrics {
  /** A connection was accepted. */
  opened(listener: string): void;
  /** A connection has ended; called once for each that was opened. */
  closed(record: ConnectionRecord): void;
  /** An attempt to reach an endpoint has ended: `outcome` is "OK" or the failure's code. */
  dialed(destination: string, outcome: string, seconds: number): void;
}

/** Counts nothing. */
export const noMetrics: ProxyMetrics = { opened() {}, closed() {}, dialed() {} };
