import type { ConnectionFailure } from "./errors.ts";
import type { ConnectionRecord } from "./record.ts";

/** A proxy's counters, implemented by whoever exports them. Labels are to be taken from the closed sets only: never names or addresses. */
export interface ProxyMetrics {
  /** Connections were accepted, one unless said. */
  opened(listener: string, count?: number): void;
  /** A connection has ended; called once for each that was opened. */
  closed(record: ConnectionRecord): void;
  /** An attempt to reach an endpoint has ended: `outcome` is "OK" or the failure's code. */
  dialed(destination: string, outcome: "OK" | ConnectionFailure["code"], seconds: number): void;
}

/** Counts nothing. */
export const noMetrics: ProxyMetrics = { opened() {}, closed() {}, dialed() {} };
