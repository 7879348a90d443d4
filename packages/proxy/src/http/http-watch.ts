import type { Listener, Route } from "@causeway/routes";
import { parseTraceparent } from "@causeway/runtime";
import type { Connection } from "../connection.ts";
import type { ProxyLog } from "../options.ts";
import { describeOpen } from "../record.ts";
import { type Exchange, type ExchangeEvents, Exchanges } from "./exchanges.ts";
import { Http2Exchanges } from "./http2-exchanges.ts";

/** Whoever sees what a connection carries, without having a part in it. */
export type Watch = {
  readonly toUpstream: (bytes: Buffer) => void;
  readonly toClient: (bytes: Buffer) => void;
  /** The connection has ended. */
  readonly end: () => void;
};

/** Where requests are written down, and by what clock. */
export type WatchOptions = { readonly log: ProxyLog; readonly now: () => number };

/** Traces that a connection is linked with: what else its requests belong to is in their own records. */
const MAX_LINKS = 32;

/** How an HTTP/2 connection begins, and no HTTP/1.1 may. @see RFC 9113 section 3.4 */
const PREFACE = "PRI";

/** A server of HTTP/2 need not wait for its client, but has no more to say before that than its settings. */
const MAX_EARLY_BYTES = 4 * 1024;

const NOBODY: Watch = { toUpstream() {}, toClient() {}, end() {} };

/** Whether this proxy sees the HTTP of a route: it is declared, and not passed on encrypted. */
export function seesHttp({ protocol, inbound }: Route): boolean {
  return protocol !== undefined && inbound.kind !== "passthrough";
}

/** Whether any route of a listener is one whose HTTP is seen. */
export function listensForHttp({ match }: Listener): boolean {
  const routes = match.by === "listener" ? [match.route] : [...match.routes.values()];
  return routes.some(seesHttp);
}

/**
 * Watches the requests of a connection: each leaves a line in the log, and the traces that requests say they belong to are linked with
 * the connection's own. Nothing is held up or changed, and what is no HTTP is carried like any bytes.
 */
export class HttpWatch implements Watch {
  readonly #connection: Connection;
  readonly #options: WatchOptions;
  /** What either side began with, until it is known what that is. */
  #opening = Buffer.alloc(0);
  #early = Buffer.alloc(0);
  #follower: Watch | undefined;

  constructor(connection: Connection, options: WatchOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  readonly toUpstream = (bytes: Buffer): void => {
    if (this.#follower !== undefined) {
      this.#follower.toUpstream(bytes);
      return;
    }
    this.#opening = Buffer.concat([this.#opening, bytes]);
    if (this.#opening.length < PREFACE.length) return;
    this.#follow(this.#opening.toString("latin1", 0, PREFACE.length) === PREFACE);
  };

  readonly toClient = (bytes: Buffer): void => {
    if (this.#follower !== undefined) {
      this.#follower.toClient(bytes);
      return;
    }
    this.#early = Buffer.concat([this.#early, bytes]);
    if (this.#early.length > MAX_EARLY_BYTES) this.#lose("the far side speaks first");
  };

  readonly end = (): void => this.#follower?.end();

  #follow(isHttp2: boolean): void {
    const events: ExchangeEvents = {
      asked: (traceparent) => this.#link(traceparent),
      ended: (exchange) => this.#writeDown(exchange),
      lost: (reason) => this.#lose(reason),
      now: this.#options.now,
    };
    this.#follower = isHttp2 ? new Http2Exchanges(events) : new Exchanges(events);
    const [opening, early] = [this.#opening, this.#early];
    this.#opening = Buffer.alloc(0);
    this.#early = Buffer.alloc(0);
    this.#follower.toClient(early);
    this.#follower.toUpstream(opening);
  }

  #lose(reason: string): void {
    const { id, listener } = this.#connection;
    this.#options.log.debug({ connection: id, listener, reason }, "requests cannot be followed");
    this.#follower = NOBODY;
    this.#opening = Buffer.alloc(0);
    this.#early = Buffer.alloc(0);
  }

  #link(traceparent: string | undefined): void {
    const { links } = this.#connection;
    const trace = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    if (trace === undefined || links.length === MAX_LINKS) return;
    const { traceId, spanId } = trace;
    if (links.some((link) => link.traceId === traceId && link.spanId === spanId)) return;
    links.push({ traceId, spanId });
  }

  #writeDown({ answered, traceparent, ...exchange }: Exchange): void {
    const { log, now } = this.#options;
    const { id, listener, client, traceId, source, destination, endpoint } = describeOpen(this.#connection, now());
    const trace = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const of = { connection: id, listener, client, source, destination, endpoint, traceId };
    const fields = { ...of, requestTraceId: trace?.traceId, ...exchange };
    log.info(fields, answered ? "request answered" : "request not answered");
  }
}
