/**
 * The data plane: sockets in, sockets out, and a route table that says which.
 *
 * ```ts
 * const proxy = startProxy({ identities, log });
 * const { failed } = await proxy.swap(table);
 * await proxy.drain(30_000);
 * await proxy.close();
 * ```
 */
export type { Engine, FailedListener, SwapResult } from "./bound-listeners.ts";
export type { FailedDial } from "./connection.ts";
export type { DataPlane } from "./data-plane.ts";
export {
  blame,
  ConnectionError,
  type ConnectionFailure,
  describe,
  FAILURE_CODES,
  isRefusal,
  type Side,
} from "./errors.ts";
export type { Failover } from "./failover.ts";
export type { Lookup } from "./host-names.ts";
export type { Identities, Leaf, Roots } from "./identities.ts";
export { noMetrics, type ProxyMetrics } from "./metrics.ts";
export { DEFAULT_LIMITS, type EngineChoice, type Limits, type ProxyLog, type ProxyOptions } from "./options.ts";
export type { ConnectionRecord, OpenConnection } from "./record.ts";
export { startProxy } from "./start-proxy.ts";
export { TLS_FAULTS, type TlsFault } from "./tls-faults.ts";
export type { FileError } from "./tls-file-store.ts";
