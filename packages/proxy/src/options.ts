import type { Clock } from "@causeway/runtime";
import type { Lookup } from "./host-names.ts";
import type { Identities } from "./identities.ts";
import type { ProxyMetrics } from "./metrics.ts";

/** How far a proxy goes for its connections. */
export type Limits = {
  /** Longest wait for a whole ClientHello. */
  readonly helloTimeoutMs: number;
  /** Longest wait for the TLS handshake with a client, once its ClientHello is there. */
  readonly handshakeTimeoutMs: number;
  /** Longest wait for the first request of a client whose requests are led on each by itself. */
  readonly firstRequestTimeoutMs: number;
  /** Connections open at the same time, over all listeners; those beyond are closed at once. */
  readonly maxConnections: number;
  /** A connection on which nothing was sent for so long is closed; 0 lets it stay. */
  readonly idleTimeoutMs: number;
  /** TCP keepalive towards clients begins after so long. */
  readonly clientKeepaliveMs: number;
  /** Refused connections that are remembered for the operator. */
  readonly refusalsKept: number;
  /** Host names are looked up again after so long. */
  readonly resolveEveryMs: number;
  /** TLS files are compared with what was loaded after so long, should no change have been announced. */
  readonly pollFilesEveryMs: number;
};

export const DEFAULT_LIMITS: Limits = {
  helloTimeoutMs: 3_000,
  handshakeTimeoutMs: 10_000,
  firstRequestTimeoutMs: 60_000,
  maxConnections: Number.POSITIVE_INFINITY,
  idleTimeoutMs: 0,
  clientKeepaliveMs: 60_000,
  refusalsKept: 200,
  resolveEveryMs: 10_000,
  pollFilesEveryMs: 5_000,
};

/** Where a proxy writes what happens; a pino logger is one. */
export type ProxyLog = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** As `info`, of fields that are JSON already; `info` is called where this is absent. */
  infoRendered?(fields: string, message: string): void;
};

/**
 * What carries bytes: `stream`, Node's sockets; or `splice`, which is Linux, and OpenSSL where TLS is spoken, with `stream` for listeners
 * whose HTTP is watched or whose address is a name; or `auto`, which is `splice` where that works.
 */
export type EngineChoice = "auto" | "stream" | "splice";

/** What a proxy is made of. */
export type ProxyOptions = {
  readonly identities: Identities;
  readonly log: ProxyLog;
  readonly metrics?: ProxyMetrics;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  /** How host names become addresses; the system's resolver unless told. */
  readonly lookup?: Lookup;
  /** `stream` unless told. */
  readonly engine?: EngineChoice;
  /** Threads that splice, each with its own socket of every listener; 1 unless told. The `stream` engine has the main thread only. */
  readonly workers?: number;
  /**
   * Whether another process of the same user may listen on the same addresses, if it says so too: the next one of the same gateway, to
   * which `drain` then hands new connections over. Otherwise an address that somebody has is told as taken, which is so unless told.
   */
  readonly sharePorts?: boolean;
  /**
   * Whether requests are written down, and linked with their traces, where a route is declared to carry HTTP; true unless told. Listeners of
   * such routes are for `stream`, as nobody looks at what the other moves.
   */
  readonly watchHttp?: boolean;
};
