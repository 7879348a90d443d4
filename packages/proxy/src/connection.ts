import type { Socket } from "node:net";
import type { Decision } from "@causeway/policy";
import type { Inbound, Route } from "@causeway/routes";
import type { BoundListener } from "./bound-listener.ts";
import type { DialReport } from "./dial-report.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import type { Failover } from "./failover.ts";
import type { SentHello, SpanLink } from "./hop.ts";
import type { ListenerRoutes } from "./listener-routes.ts";
import type { MeshPeer } from "./mesh-peer.ts";
import { printAddress } from "./print-address.ts";
import { reset, underlying } from "./sockets.ts";

/** An attempt to reach an endpoint that failed. */
export type FailedDial = {
  readonly target: string;
  /** `host:port`; absent where TLS could not have been begun with any. */
  readonly address?: string;
  readonly code: string;
  readonly reason: string;
};

/** What is known of a connection; more, the further it gets. */
export type Known = {
  readonly serverName?: string;
  /** Of a client whose requests are matched each by itself: how it was taken in. */
  readonly requestsBy?: Inbound["kind"];
  /** What a request asked for, on behalf of which this connection goes on. */
  readonly host?: string;
  readonly route?: Route;
  /** The name in the table that the route was found by, where the listener has one for each server name. */
  readonly matchedName?: string | undefined;
  /** Service that calls, from its verified certificate. */
  readonly source?: string;
  /** SPIFFE ID in that certificate. */
  readonly sourceIdentity?: string;
  /** SPIFFE ID that the far side has proved, where it was asked for one. */
  readonly destinationIdentity?: string;
  readonly decision?: Decision;
  /** `host:port` of the endpoint that it goes to. */
  readonly endpoint?: string;
  /** The target of the route that the endpoint is one of. */
  readonly target?: string;
  /** Why it is not the route's first. */
  readonly failover?: Failover | undefined;
};

/** Both ends of a connection that is being carried; what they count is payload, without TLS. */
export type Carriage = { readonly client: Socket; readonly upstream: Socket };

/** One connection from its accept to its end: what is known of it, and the sockets that end with it. */
export class Connection {
  readonly id: number;
  readonly bound: BoundListener;
  readonly client: Socket;
  readonly openedMs: number;
  /** `host:port`, kept because a socket forgets it when it is closed. */
  readonly clientAddress: string;
  readonly failedDials: FailedDial[] = [];
  /** Attempts to reach an endpoint, while spans are exported. */
  readonly dials: DialReport[] = [];
  /** Far sides, client or upstream, that have proved a mesh identity. */
  readonly meshPeers: MeshPeer[] = [];
  /** Spans that requests which it carried say they belong to. */
  readonly links: SpanLink[] = [];
  known: Known = {};
  /** The random of the client's ClientHello. */
  helloRandom: Uint8Array | undefined;
  /** The last ClientHello that was sent to an endpoint, while spans are exported. */
  sent: SentHello | undefined;
  /** Whether the client waits for the answer to its ClientHello, so that it would understand an alert in the clear. */
  answerableInClear = false;
  #carriage: Carriage | undefined;
  readonly #abort = new AbortController();
  readonly #sockets = new Set<Socket>();

  constructor({ id, bound, client, openedMs }: Pick<Connection, "id" | "bound" | "client" | "openedMs">) {
    this.id = id;
    this.bound = bound;
    this.client = client;
    this.openedMs = openedMs;
    this.clientAddress = printAddress(client.remoteAddress ?? "", client.remotePort ?? 0);
  }

  /** Aborted when the connection must end; the reason is a ConnectionError. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Both ends, once the connection is being carried. */
  get carriage(): Carriage | undefined {
    return this.#carriage;
  }

  /** Whether what the far side sends is poured into the client as it is. */
  get pours(): boolean {
    return true;
  }

  /** Name of the listener that accepted it. */
  get listener(): string {
    return this.bound.name;
  }

  /** What is done with the connections of its listener. */
  get routes(): ListenerRoutes {
    return this.bound.routes;
  }

  /** Payload that the endpoint was sent. */
  get bytesToUpstream(): number {
    return this.#carriage?.upstream.bytesWritten ?? 0;
  }

  /** Payload that the client was sent. */
  get bytesToClient(): number {
    return this.#carriage?.client.bytesWritten ?? 0;
  }

  /** Says between which sockets it is carried from here on. */
  join(client: Socket, upstream: Socket): void {
    this.answerableInClear = false;
    this.#carriage = { client, upstream };
  }

  /** Adds to what is known. */
  learn(more: Known): void {
    this.known = { ...this.known, ...more };
  }

  /**
   * Makes `socket` end with this connection, and this connection end when the socket fails; `explain` says how that is called.
   *
   * A TLS socket is owned in place of the one beneath it, and closes that too. To close both would crash the process: when the one
   * beneath goes first, Node frees the TLS state at once, even while OpenSSL is at work on it and has only called back.
   */
  own<T extends Socket>(socket: T, explain: (error: Error) => ConnectionFailure): T {
    const beneath = underlying(socket);
    if (beneath !== undefined) this.#sockets.delete(beneath);
    this.#sockets.add(socket);
    socket.on("error", (error) => this.abort(explain(error), error));
    if (socket.errored) this.abort(explain(socket.errored), socket.errored);
    if (this.signal.aborted) reset(socket);
    return socket;
  }

  /** Ends the connection, unless it has ended for another reason. Both sides see a reset: it must not pass for an orderly end. */
  abort(failure: ConnectionFailure, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#abort.abort(new ConnectionError(failure, { cause }));
    for (const socket of this.#sockets) reset(socket);
  }

  /** Closes what is still open. A TLS peer sees a reset: the bare end of TCP could pass for the orderly end of one direction. */
  destroy(): void {
    for (const socket of this.#sockets) {
      if (underlying(socket) === undefined) socket.destroy();
      else reset(socket);
    }
  }

  /** Why the connection has ended, given what an await threw: the abort counts more than the errors that it brings about. */
  failureOf(error: unknown): ConnectionError {
    return ConnectionError.from(this.signal.aborted ? this.signal.reason : error);
  }
}
