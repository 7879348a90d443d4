import type { FailedDial, Known } from "../connection.ts";
import type { ConnectionFailure } from "../errors.ts";
import type { SentHello } from "../hop.ts";
import type { ListenerRoutes } from "../listener-routes.ts";
import { printAddress } from "../print-address.ts";
import { type Account, recordOf } from "../record.ts";
import type { Ways } from "./carrying.ts";
import type { DialReport } from "./protocol.ts";
import type { SocketAddress } from "./socket-address.ts";
import { Stillness } from "./stillness.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where a connection came from, and by which listener. */
export type Origin = { readonly from: SocketAddress; readonly routes: ListenerRoutes };

/** What is known of a connection of the worker; more, the further it gets, and one record at its end. */
export class FlowAccount implements Account {
  readonly id: number;
  readonly routes: ListenerRoutes;
  readonly openedMs = Date.now();
  readonly failedDials: FailedDial[] = [];
  known: Known = {};
  /** The random bytes of the client's hello. */
  helloRandom: Uint8Array | undefined;
  sent: SentHello | undefined;
  /** What counts the bytes, once they are carried. */
  carried: Ways | undefined;
  readonly #from: SocketAddress;
  readonly #news: Surroundings["news"];
  // Kept only where spans are exported.
  readonly #dials: DialReport[] | undefined;
  readonly #stillness = new Stillness();
  #ended = false;
  #ending: ConnectionFailure | undefined;

  constructor(
    { from, routes }: Origin,
    { counters, news, limits }: Pick<Surroundings, "counters" | "news" | "limits">,
  ) {
    this.id = counters.nextId();
    this.routes = routes;
    this.#from = from;
    this.#news = news;
    this.#dials = limits.traced ? [] : undefined;
  }

  /** Name of its listener. */
  get listener(): string {
    return this.routes.name;
  }

  /** `host:port`. */
  get clientAddress(): string {
    return printAddress(this.#from.host, this.#from.port);
  }

  get bytesToUpstream(): number {
    return this.carried?.toUpstream.bytes ?? 0;
  }

  get bytesToClient(): number {
    return this.carried?.toClient.bytes ?? 0;
  }

  /** What ended it before its time; `undefined` while nothing has. */
  get ending(): ConnectionFailure | undefined {
    return this.#ending;
  }

  /** Adds to what is known. */
  learn(more: Known): void {
    this.known = { ...this.known, ...more };
  }

  /** For how many milliseconds nothing has been sent, as far as is known from the last time this was asked; 0 before bytes are carried. */
  stillForMs(nowMs: number): number {
    if (this.carried === undefined) return 0;
    return Math.round(this.#stillness.lastsMs(this.bytesToUpstream + this.bytesToClient, nowMs));
  }

  /** Enters an attempt to reach an endpoint with the hello that it was sent, if it was, and tells of it. */
  dialed(report: DialReport, sent: SentHello | undefined): void {
    if (sent !== undefined) this.sent = sent;
    this.#dials?.push(report);
    const { destination, outcome, startedMs, endedMs } = report;
    this.#news.dialed({ destination, outcome, seconds: (endedMs - startedMs) / 1_000 });
  }

  /** Tells how it ended, the first time; `giveUp` comes before, since what is given up now is part of the record. */
  end(failure: ConnectionFailure | undefined, giveUp: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ending = failure;
    giveUp();
    this.#news.ended(recordOf(this, failure, Date.now()), this.#dials);
  }
}
