import type { Socket } from "node:net";
import type { Route } from "@causeway/routes";
import type { Clock } from "@causeway/runtime";
import type { Order } from "./candidates.ts";
import type { Connection } from "./connection.ts";
import { sessionPlace } from "./dialled-sessions.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import { peekHello } from "./hello.ts";
import { HttpWatch, seesHttp, type Watch } from "./http/http-watch.ts";
import type { Identities } from "./identities.ts";
import type { LeafCache } from "./leaf-cache.ts";
import { type MeshPeer, serviceOf, trustedUnder } from "./mesh-peer.ts";
import type { ProxyMetrics } from "./metrics.ts";
import type { MutualTlsServer } from "./mutual-tls.ts";
import type { Limits, ProxyLog } from "./options.ts";
import type { Originations } from "./originations.ts";
import type { OutsideTlsServer } from "./outside-tls.ts";
import { reach } from "./reach.ts";
import { handshakeFault } from "./tls-faults.ts";
import type { Origination } from "./tls-origination.ts";
import { explainUpstreamError, isAlert } from "./tls-reasons.ts";

/** What the steps of a connection take. */
export type StepOptions = {
  readonly identities: Identities;
  readonly servers: LeafCache<MutualTlsServer>;
  readonly outsideServers: LeafCache<OutsideTlsServer>;
  readonly originations: Originations;
  readonly order: Order;
  readonly metrics: ProxyMetrics;
  readonly log: ProxyLog;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly watchHttp: boolean;
};

/** A client that has been taken in: its payload, and the service that it has proved to be, where it was asked. */
export type TakenIn = { readonly payload: Socket; readonly source: string | undefined };

/** The steps of a connection. Each rejects with a ConnectionError and keeps what it learns with the connection. */
export class Steps {
  readonly #options: StepOptions;

  constructor(options: StepOptions) {
    this.#options = options;
  }

  /** Reads the server name that the client asks for, where the listener's clients speak TLS. */
  async readHello(connection: Connection): Promise<void> {
    if (!connection.bound.routes.needHello) return;
    const { clock, limits } = this.#options;
    const { client, signal } = connection;
    connection.answerableInClear = true;
    const { serverName, random } = await peekHello(client, { timeoutMs: limits.helloTimeoutMs, clock, signal });
    connection.helloRandom = random;
    if (serverName !== undefined) connection.learn({ serverName });
  }

  /** Finds the route as the table has it now. */
  match(connection: Connection): Route {
    const { serverName } = connection.known;
    const match = connection.bound.routes.match(serverName);
    if (match === undefined) {
      throw new ConnectionError(serverName === undefined ? { code: "NO_SNI" } : { code: "NO_ROUTE", serverName });
    }
    connection.learn(match);
    return match.route;
  }

  /** Has the client prove who it is, where the route asks for that. */
  async takeIn(connection: Connection, { inbound }: Pick<Route, "inbound">): Promise<TakenIn> {
    if (inbound.kind === "tls") {
      const server = this.#options.outsideServers.for(inbound);
      connection.answerableInClear = false;
      const payload = await server.takeIn(connection);
      return { payload: connection.own(payload, (error) => clientBrokeOff(connection, error)), source: undefined };
    }
    if (inbound.kind !== "mtls") return { payload: connection.client, source: undefined };
    const server = this.#options.servers.for(inbound);
    connection.answerableInClear = false;
    const payload = connection.own(await server.takeIn(connection), (error) => clientBrokeOff(connection, error));
    const { certificate, chain } = server.peerOf(payload);
    const { identities, clock } = this.#options;
    const { uri, service } = serviceOf(certificate, { ...identities.roots(), nowMs: clock.now() });
    connection.learn({ source: service, sourceIdentity: uri });
    this.#addPeer(connection, { uri, chain, trustedUnder: server.rootsVersion });
    return { payload, source: service };
  }

  /** Connects to an endpoint of the route, or of a target that stands in for its own. */
  async reach(connection: Connection, route: Route): Promise<Socket> {
    const { payload, address, peer, origination, target, failover } = await reach(route, connection, this.#options);
    connection.own(payload, (error) => upstreamBrokeOff(error, address, origination));
    connection.learn({ endpoint: address, target: target.name, failover });
    if (peer !== undefined) {
      connection.learn({ destinationIdentity: peer.uri });
      this.#addPeer(connection, peer);
    }
    return payload;
  }

  /** Watches the requests of a connection, where its route says that it carries some and that is wanted. */
  watch(connection: Connection, route: Route): Watch | undefined {
    const { log, clock, watchHttp } = this.#options;
    return watchHttp && seesHttp(route) ? new HttpWatch(connection, { log, now: () => clock.now() }) : undefined;
  }

  /** Enters a peer for later rechecks; the roots may have changed since its handshake began. */
  #addPeer(connection: Connection, peer: MeshPeer): void {
    if (!trustedUnder(this.#options.identities.roots())(peer)) {
      throw new ConnectionError({ code: "ISSUER_WITHDRAWN", peer: peer.uri });
    }
    connection.meshPeers.push(peer);
  }
}

/** What it is called when the client's socket fails. */
export function clientBrokeOff({ carriage }: Connection, error: NodeJS.ErrnoException): ConnectionFailure {
  return carriage === undefined
    ? { code: "CLIENT_CLOSED" }
    : { code: "CLIENT_RESET", reason: error.code ?? error.message };
}

/** What it is called when the socket of an endpoint fails. With TLS 1.3 a refused client certificate comes to light only now. */
function upstreamBrokeOff(
  error: NodeJS.ErrnoException,
  address: string,
  origination: Origination | undefined,
): ConnectionFailure {
  if (origination === undefined || !isAlert(error)) {
    return { code: "UPSTREAM_RESET", reason: error.code ?? error.message };
  }
  // The next handshake is a full one, as after one that has failed.
  origination.client.sessions.forget(sessionPlace(address, origination));
  const reason = explainUpstreamError(error, origination);
  return { code: "UPSTREAM_TLS_FAILED", address, fault: handshakeFault(error), reason };
}
