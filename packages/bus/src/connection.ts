import { setTimeout as sleep } from "node:timers/promises";
import { inboxPrefix } from "@causeway/model";
import { type Clock, type CommonConfig, type Metrics, systemClock } from "@causeway/runtime";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/transport-node";
import { type BusMeasures, measureBus } from "./bus-metrics.ts";
import { whenServerGone } from "./cluster.ts";
import { type BusCredentials, secureOptions } from "./credentials.ts";
import { BusError } from "./errors.ts";
import { Paths } from "./paths.ts";
import { forbidden, refusedFor } from "./refused.ts";

/** How to reach the bus. */
export type BusOptions = {
  /** One or more server URLs, separated by commas. */
  readonly url: string;
  /** Shown in the server's connection list and in its log. */
  readonly name: string;
  /** What kind of process it is, by which its permissions go and its answers are sent: the name of its service; `name` unless told. */
  readonly role?: string | undefined;
  readonly datacenter: string;
  /** Where global state is written; this datacenter unless told. */
  readonly primaryDatacenter?: string | undefined;
  readonly credentials?: BusCredentials;
  readonly log: BusLog;
  /** By which it is told how long an answer is waited for; that of the machine unless told. */
  readonly clock?: Pick<Clock, "now">;
  /** Where it is counted how the connection does. */
  readonly metrics?: Metrics;
};

/** The part of a service's configuration that says where the bus is, and by what it is known there. */
export type BusConfig = Pick<CommonConfig, "natsUrl" | "datacenter" | "primaryDatacenter"> & BusCredentials;

/** Where a service finds the bus, as its configuration says. */
export function busAddress(config: BusConfig): Omit<BusOptions, "name" | "role" | "log" | "clock" | "metrics"> {
  const { natsUrl: url, datacenter, primaryDatacenter } = config;
  return { url, datacenter, primaryDatacenter, credentials: config };
}

/** The part of a pino logger that the bus writes to. */
export type BusLog = {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
};

/** JetStream of one datacenter. */
export type Domain = { readonly manager: JetStreamManager; readonly kvm: Kvm };

/** An open connection to one datacenter's NATS, and through that to the others. Closed by `drain()`. */
export type Bus = {
  readonly connection: NatsConnection;
  readonly role: string;
  readonly datacenter: string;
  /** Where global state is written. */
  readonly primaryDatacenter: string;
  /** Which other datacenters can be reached. */
  readonly paths: Paths;
  /** JetStream of `datacenter`, this one or another, whether it can be reached now or not: its domain has the datacenter's name. */
  domain(datacenter: string): Promise<Domain>;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly kvm: Kvm;
  readonly log: BusLog;
  readonly clock: Pick<Clock, "now">;
  /** Told of each change that is heard of, when it was written. */
  readonly heard: BusMeasures["heard"];
  /**
   * Calls `listener` after each reconnection, and when another server of the cluster has gone: what was being followed there has ended
   * without a word. Until the function that comes back is called.
   */
  onReconnect(listener: () => void): () => void;
  /**
   * Resolves when the server can be reached, usually at once: what is sent while it is away is lost, and would be waited for in vain.
   * Throws a BusError `DISCONNECTED` after `timeoutMs`, 5 s unless told.
   */
  whenConnected(timeoutMs?: number): Promise<void>;
  /** Has `finish` done before the connection closes: it stops taking work and resolves when the work in progress is done. */
  beforeClose(finish: () => Promise<void>): void;
  /** Finishes what is under way, then closes; closes at once when the server is away. */
  drain(): Promise<void>;
};

/** Between attempts to reconnect: short, because gateways serve their last table meanwhile and want the next one soon. */
const RECONNECT_WAIT_MS = 250;

/** How long a caller waits for a server that is away: as long as it would wait for the answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Without an answer to two pings in this time the server counts as gone. */
const PING_INTERVAL_MS = 10_000;

/**
 * Connects to the bus, waiting for the server if it is not there yet, and never giving up later.
 *
 * The default of the client is to give up after ten attempts: a gateway would then serve its last table for ever.
 *
 * @throws BusError `CREDENTIALS` for what cannot be used, `UNTRUSTED` when the server is none of these CAs', `NOT_LET_IN` when it knows no
 * such user.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const { url, name, role = name, datacenter, primaryDatacenter = datacenter, credentials = {}, log } = options;
  const connection = await reach(url, role, log, {
    servers: url.split(","),
    name,
    inboxPrefix: inboxPrefix(datacenter, role),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    // The users of a server may be changed and put right again while nobody looks.
    ignoreAuthErrorAbort: true,
    // A stack for each request, in case it fails, is a third of what it costs to ask.
    noAsyncTraces: true,
    ...(await secureOptions(credentials, url)),
  });
  const listeners = new Set<() => void>();
  const finishers: (() => Promise<void>)[] = [];
  let connected = true;
  const measures = measureBus(options.metrics);
  void followStatus(connection, role, log, (now) => {
    connected = now;
    measures.connected(now);
    if (now) for (const listener of listeners) listener();
  });
  const forgetServers = whenServerGone(connection, () => {
    log.info({}, "a NATS server of the cluster has gone");
    for (const listener of listeners) listener();
  });
  // Without a check for JetStream at this moment, a service may start before the server has recovered its streams.
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const client = jetstream(connection, { checkAPI: false });
  const kvm = new Kvm(client);
  const onReconnect = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const whenConnected = async (timeoutMs = CONNECT_TIMEOUT_MS) => {
    if (connected) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new BusError({ code: "DISCONNECTED", waitedMs: timeoutMs })), timeoutMs);
    const forget = onReconnect(resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      forget();
    }
  };
  const beforeClose = (finish: () => Promise<void>) => void finishers.push(finish);
  const paths = new Paths(connection, datacenter);
  const domain = async (other: string): Promise<Domain> => {
    if (other === datacenter) return { manager, kvm };
    const remote = { domain: other, checkAPI: false };
    return { manager: await jetstreamManager(connection, remote), kvm: new Kvm(jetstream(connection, remote)) };
  };
  const drain = async () => {
    paths.close();
    forgetServers();
    // Draining asks the server to confirm, and one that is away never does.
    if (!connected) return await connection.close();
    await Promise.all(finishers.map((finish) => finish()));
    await connection.drain();
  };
  const told = { onReconnect, whenConnected, beforeClose, drain };
  const names = { role, datacenter, primaryDatacenter, clock: options.clock ?? systemClock };
  return { connection, ...names, paths, domain, jetstream: client, manager, kvm, log, heard: measures.heard, ...told };
}

/** Waits for a server that is away, and for nothing that time does not mend. */
async function reach(url: string, role: string, log: BusLog, options: ConnectionOptions): Promise<NatsConnection> {
  for (let told = false; ; told = true) {
    try {
      return await connect(options);
    } catch (cause) {
      const refused = refusedFor(cause, url, role);
      if (refused !== undefined) throw refused;
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (!told) log.info({ reason }, "NATS is not there yet");
    }
    await sleep(RECONNECT_WAIT_MS * (1 + Math.random()));
  }
}

async function followStatus(
  connection: NatsConnection,
  role: string,
  log: BusLog,
  changed: (connected: boolean) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "error") {
      const { error } = status;
      // Whoever asked or listens is told as well; what is only published is nobody's but the log's.
      if (error instanceof PermissionViolationError) log.warn(forbidden(error, role).facts, "NATS does not allow this");
      else log.warn({ error: error.message }, "NATS reported an error");
    }
    if (status.type === "disconnect") {
      log.warn({ server: status.server }, "disconnected from NATS");
      changed(false);
    }
    if (status.type === "reconnect") {
      log.info({ server: status.server }, "reconnected to NATS");
      changed(true);
    }
  }
}
