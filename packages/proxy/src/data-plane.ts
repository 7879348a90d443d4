import type { Socket } from "node:net";
import type { Listener, RouteTable } from "@causeway/routes";
import { untraced } from "@causeway/runtime";
import { type AcceptOptions, BoundListener } from "./bound-listener.ts";
import { BoundListeners, type Engine, type SwapResult } from "./bound-listeners.ts";
import { Connection } from "./connection.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import { sayFarewell } from "./farewell.ts";
import { GoneWatch } from "./gone-watch.ts";
import { HostNames } from "./host-names.ts";
import { listensForHttp } from "./http/http-watch.ts";
import { IdleWatch } from "./idle-watch.ts";
import { LeafCache } from "./leaf-cache.ts";
import { Ledger } from "./ledger.ts";
import { MutualTlsServer } from "./mutual-tls.ts";
import { objections } from "./objections.ts";
import { OpenConnections } from "./open-connections.ts";
import type { Limits, ProxyOptions } from "./options.ts";
import { Originations } from "./originations.ts";
import { OutsideTlsServer } from "./outside-tls.ts";
import { RecentFailures } from "./recent-failures.ts";
import { type ConnectionRecord, describeOpen, type OpenConnection, recordOf } from "./record.ts";
import { Leg } from "./requests/leg.ts";
import type { RequestServers } from "./requests/request-servers.ts";
import { serveRequests } from "./requests/serve-requests.ts";
import type { RequestMatch } from "./requests/ways-on.ts";
import { serveConnection } from "./serve-connection.ts";
import { speaksTls, splices } from "./splice/choose-engine.ts";
import { Counters } from "./splice/counters.ts";
import { canBeSpliced } from "./splice/fitness.ts";
import { shareAddresses } from "./splice/shared-addresses.ts";
import { SpliceEngine } from "./splice/splice-engine.ts";
import { clientBrokeOff, Steps } from "./steps.ts";
import { leavesPresentedBy, needsOf } from "./table-needs.ts";
import { type FileError, TlsFileStore } from "./tls-file-store.ts";

/** Everything that a data plane must be told, defaults filled in. */
export type DataPlaneOptions = Required<Omit<ProxyOptions, "limits">> & { readonly limits: Limits };

/** A TCP handshake that has begun is over by then, unless the client is further away than any is. */
const HANDSHAKES_MS = 1_000;

const NOTHING_CHANGED: SwapResult = { opened: [], kept: [], closed: [], failed: [] };

/** A proxy: carries connections as its route table says, and keeps account of them. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #listeners: BoundListeners;
  readonly #open = new OpenConnections();
  readonly #files: TlsFileStore;
  readonly #hostNames: HostNames;
  readonly #servers: LeafCache<MutualTlsServer>;
  readonly #outsideServers: LeafCache<OutsideTlsServer>;
  #requests: Promise<RequestServers> | undefined;
  readonly #originations: Originations;
  readonly #steps: Steps;
  readonly #ledger: Ledger;
  readonly #idle: IdleWatch;
  readonly #gone: GoneWatch;
  readonly #counters = new Counters();
  readonly #splice: SpliceEngine | undefined;
  #table: RouteTable = { listeners: [], unavailable: [] };
  #settled: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #speaksTls: boolean | undefined;

  constructor(options: DataPlaneOptions) {
    const { identities, clock, limits, log, metrics, lookup } = options;
    const now = () => clock.now();
    this.#options = options;
    const acceptance: AcceptOptions = {
      accept: (socket, bound) => void this.#accept(socket, bound),
      trouble: (bound, error) =>
        log.warn({ listener: bound.name, reason: error.message }, "cannot accept a connection"),
      keepaliveMs: limits.clientKeepaliveMs,
      sharing: options.sharePorts ? shareAddresses(limits.clientKeepaliveMs) : undefined,
    };
    this.#listeners = new BoundListeners({
      engineFor: (listener) => (this.#isSpliced(listener) ? "splice" : "stream"),
      open: async (listener) =>
        this.#splice !== undefined && this.#isSpliced(listener)
          ? this.#splice.listen(listener)
          : untraced(() => BoundListener.open(listener, acceptance)),
    });
    this.#files = new TlsFileStore({
      log,
      clock,
      pollMs: limits.pollFilesEveryMs,
      changed: (files, state) => this.#splice?.hold(files, state),
    });
    this.#hostNames = new HostNames(lookup, clock, limits.resolveEveryMs);
    this.#servers = new LeafCache(
      identities,
      now,
      (leaf, roots, tlsLimits) =>
        new MutualTlsServer(leaf, roots, { tlsLimits, handshakeTimeoutMs: limits.handshakeTimeoutMs }),
    );
    this.#outsideServers = new LeafCache(
      identities,
      now,
      (leaf, _roots, _limits, { protocols }) =>
        new OutsideTlsServer(leaf, { protocols, handshakeTimeoutMs: limits.handshakeTimeoutMs }),
    );
    this.#originations = new Originations(this.#files, identities, now);
    const order = { hostNames: this.#hostNames, recentFailures: new RecentFailures(now) };
    const servers = { servers: this.#servers, outsideServers: this.#outsideServers };
    this.#steps = new Steps({ ...options, ...servers, originations: this.#originations, order });
    this.#ledger = new Ledger({ log, metrics, refusalsKept: limits.refusalsKept, now });
    this.#idle = new IdleWatch(this.#open, clock, limits.idleTimeoutMs);
    this.#gone = new GoneWatch(this.#open, clock);
    this.#splice = splices(options.engine, log)
      ? new SpliceEngine({ ...options, ledger: this.#ledger, hostNames: this.#hostNames, counters: this.#counters })
      : undefined;
  }

  /**
   * Puts a new route table in place of the last one.
   *
   * New connections are served by it at once, and open ones that it would not let in are ended. Resolves when the listeners are as it
   * says; one that could not be bound is in the result, and is tried again with the next table.
   */
  async swap(table: RouteTable): Promise<SwapResult> {
    this.#table = table;
    this.#splice?.present(leavesPresentedBy(table.listeners.filter((listener) => this.#isSpliced(listener))));
    this.#listeners.assign(table.listeners);
    this.recheck();
    const { presented, proved, files } = needsOf(table);
    this.#servers.retain(presented);
    this.#outsideServers.retain(presented);
    this.#originations.retain(proved);
    const settle = async () => {
      if (this.#stopping) return NOTHING_CHANGED;
      const [result] = await Promise.all([this.#listeners.settle(table.listeners), this.#files.use(files)]);
      return result;
    };
    // One after the other, since two tables may want the same address.
    const settled = this.#settled.then(settle);
    this.#settled = settled.catch(() => {});
    return settled;
  }

  /** Asks of every open connection again whether it may stay; to be called when the roots or a leaf have changed. */
  recheck(): void {
    this.#splice?.present();
    this.#open.recheck(objections(this.#options.identities.roots()));
  }

  /** The table that connections are served by. */
  table(): RouteTable {
    return this.#table;
  }

  /** The connections that are open now. */
  connections(): readonly OpenConnection[] {
    const nowMs = this.#options.clock.now();
    const streamed = [...this.#open].map((connection) => describeOpen(connection, nowMs));
    return [...streamed, ...(this.#splice?.connections() ?? [])];
  }

  /** The last connections that were turned away or cut off, the latest first. */
  refusals(): readonly ConnectionRecord[] {
    this.#splice?.catchUp();
    return this.#ledger.refusals();
  }

  /** TLS files that cannot be used as they are now. */
  fileErrors(): readonly FileError[] {
    return this.#files.errors();
  }

  /** The port that the listener of this name is bound to, `undefined` while it is not. */
  boundPort(listener: string): number | undefined {
    return this.#listeners.named(listener)?.port;
  }

  /** What carries the connections of the listener of this name, `undefined` while it is not bound. */
  boundEngine(listener: string): Engine | undefined {
    return this.#listeners.named(listener)?.engine;
  }

  /**
   * Stops accepting and lets the open connections end by themselves for at most `deadlineMs`, then cuts off the rest; `close` follows.
   *
   * Where ports are shared and another process listens as well, that has all new connections from here on, and none is refused or reset.
   * Where none does, `leave` is waited for first, until which connections are accepted: it resolves when no more will come.
   */
  async drain(
    deadlineMs: number,
    leave: () => Promise<void> | undefined = () => undefined,
  ): Promise<{ readonly cutOff: number }> {
    const late = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(deadlineMs, late.resolve);
    if (!(await this.#handOver(late.promise))) {
      await Promise.race([leave(), late.promise]);
      await this.#handOver(late.promise);
    }
    this.#stopAccepting();
    void this.#requests?.then((requests) => requests.leave());
    await Promise.race([this.#whenEmpty(), late.promise]);
    timer.cancel();
    const cutOff = this.#counters.open;
    await this.#cutOff();
    return { cutOff };
  }

  /** Stops accepting, cuts off what is open and lets go of everything; the proxy is of no use any more. */
  async close(): Promise<void> {
    this.#stopAccepting();
    await this.#settled;
    this.#stopAccepting();
    await this.#cutOff();
    await this.#splice?.close();
    this.#idle.close();
    this.#gone.close();
    this.#hostNames.close();
    this.#files.close();
  }

  #isSpliced(listener: Listener): boolean {
    if (this.#splice === undefined || !this.#canBeSpliced(listener)) return false;
    const bound = this.#listeners.engineOf(listener);
    // To bind it anew would cut off the connections of every service that shares it.
    if (bound !== undefined && listener.match.by === "sni") return bound === "splice";
    // What the worker carries, or Linux, nobody looks at.
    return !(this.#options.watchHttp && listensForHttp(listener));
  }

  #canBeSpliced(listener: Listener): boolean {
    const { engine, log, clock } = this.#options;
    return canBeSpliced(listener, () => {
      this.#speaksTls ??= speaksTls(engine, log, clock.now());
      return this.#speaksTls;
    });
  }

  /**
   * Leaves new connections to the process that follows this one, and accepts what it has begun to; gives false where no other listens where
   * this one does.
   */
  async #handOver(late: Promise<void>): Promise<boolean> {
    this.#stopping = true;
    if (!this.#listeners.handOver()) return false;
    const over = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(HANDSHAKES_MS, over.resolve);
    await Promise.race([over.promise, late]);
    timer.cancel();
    return true;
  }

  #stopAccepting(): void {
    this.#stopping = true;
    this.#listeners.close();
  }

  #cutOff(): Promise<void> {
    this.#open.recheck(() => ({ code: "DRAINED" }));
    this.#splice?.cutOff();
    return this.#whenEmpty();
  }

  async #whenEmpty(): Promise<void> {
    await Promise.all([this.#open.whenEmpty(), this.#splice?.whenEmpty()]);
  }

  async #accept(client: Socket, bound: BoundListener): Promise<void> {
    const { clock, limits } = this.#options;
    const connection = new Connection({ id: this.#counters.nextId(), bound, client, openedMs: clock.now() });
    connection.own(client, (error) => clientBrokeOff(connection, error));
    await this.#admit(connection, () => {
      if (bound.routes.matching?.by !== "host") return serveConnection(connection, this.#steps);
      const patience = { timeoutMs: limits.firstRequestTimeoutMs, clock };
      return serveRequests(connection, this.#steps, this.#requestServers(), patience);
    });
  }

  /** Loaded by the first client whose requests are led on: most proxies have none, and what reads HTTP takes megabytes. */
  #requestServers(): Promise<RequestServers> {
    const { log, clock } = this.#options;
    this.#requests ??= import("./requests/request-servers.ts").then(
      ({ RequestServers }) =>
        new RequestServers({
          log,
          now: () => clock.now(),
          reach: (client, match) => this.#reachFor(client, match),
        }),
    );
    return this.#requests;
  }

  /** Connects for the requests of a client, by a connection that is written down by itself. */
  #reachFor({ bound, client }: Connection, match: RequestMatch): Promise<Socket> {
    const leg = new Leg({ id: this.#counters.nextId(), bound, client, openedMs: this.#options.clock.now() });
    const reached = Promise.withResolvers<Socket>();
    leg.learn(match);
    void this.#admit(leg, async () => {
      try {
        leg.signal.throwIfAborted();
        const upstream = await this.#steps.reach(leg, match.route);
        reached.resolve(upstream);
        await leg.lastUntilClosed(upstream);
        leg.signal.throwIfAborted();
      } catch (error) {
        const failure = leg.failureOf(error);
        reached.reject(failure);
        throw failure;
      }
    });
    return reached.promise;
  }

  async #admit(connection: Connection, serve: () => Promise<void>): Promise<void> {
    const { metrics, limits } = this.#options;
    metrics.opened(connection.listener);
    this.#counters.addStreamed(1);
    if (this.#counters.open > limits.maxConnections) {
      connection.abort({ code: "TOO_MANY_CONNECTIONS", limit: limits.maxConnections });
    }
    await this.#open.admit(connection, () => this.#serve(connection, serve));
    this.#counters.addStreamed(-1);
  }

  /** Serves a connection and writes down how it ended; never rejects. */
  async #serve(connection: Connection, serve: () => Promise<void>): Promise<void> {
    const failure = await serve().then(
      () => undefined,
      (error: unknown): ConnectionFailure => ConnectionError.from(error).failure,
    );
    this.#ledger.enter(recordOf(connection, failure, this.#options.clock.now()), connection.dials);
    if (failure !== undefined) await sayFarewell(connection, failure, this.#options.clock);
    connection.destroy();
  }
}
