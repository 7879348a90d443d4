import type { Route } from "@causeway/routes";
import type { ConnectionFailure } from "../errors.ts";
import { alertFor } from "../farewell.ts";
import { type MeshPeer, trustedUnder } from "../mesh-peer.ts";
import type { Originating } from "../native-tls/originating.ts";
import { type TakenIn, takingIn } from "../native-tls/taking-in.ts";
import { decisionOn, destinationOf, routeObjection } from "../route-objection.ts";
import type { Dialed } from "./attempt.ts";
import { Carrying, type Ways } from "./carrying.ts";
import { FlowAccount, type Origin } from "./flow-account.ts";
import { type Greeted, Greeting } from "./greeting.ts";
import { EPOLLIN } from "./linux.ts";
import type { Watcher } from "./loop.ts";
import { Parting, throwAway } from "./parting.ts";
import { type Outcome, Reaching } from "./reaching.ts";
import { Side } from "./side.ts";
import { NOTHING, type Stage, type Surroundings } from "./surroundings.ts";
import { waysBetween } from "./ways-between.ts";

/** A connection that was accepted: its socket, which is the flow's from here on, and what it came in by. */
export type Accepted = Origin & {
  readonly fd: number;
  /** Called when nothing is left of it. */
  readonly gone: (flow: Flow) => void;
};

/** One connection of the worker from its accept to its end: hear the hello, match, take in, reach, carry, and one record. */
export class Flow implements Watcher {
  readonly account: FlowAccount;
  readonly #client: Side;
  readonly #surroundings: Surroundings;
  readonly #gone: (flow: Flow) => void;
  #upstream: Side | undefined;
  #secured: Originating | undefined;
  #stage: Stage | undefined;
  // What has been told of the client before its bytes are carried.
  #told = 0;
  #answerable = false;
  #closed = false;
  // Kept until whoever it is for has it, and not copied before that takes longer than this moment.
  #hello: Uint8Array | undefined;
  #entrant: Extract<TakenIn, { readonly kind: "taken-in" }> | undefined;

  constructor({ fd, from, routes, gone }: Accepted, surroundings: Surroundings) {
    this.account = new FlowAccount({ from, routes }, surroundings);
    this.#client = new Side(fd, this, surroundings);
    this.#surroundings = surroundings;
    this.#gone = gone;
  }

  /** Begins to serve it. */
  begin(): void {
    this.#guarded(() => {
      const { counters, limits } = this.#surroundings;
      const limit = limits.maxConnections;
      if (counters.open > limit) this.abort({ code: "TOO_MANY_CONNECTIONS", limit });
      else if (this.account.routes.needHello) this.#greet();
      else this.#match();
      // Only now: what has been dealt with by then need not be told of.
      if (!this.#closed) this.#client.awaitArrivals();
    });
  }

  ready(fd: number, events: number): void {
    if (fd === this.#client.fd) this.#told |= events;
    this.#guarded(() => this.#stage?.ready(fd, events));
  }

  /** Ends it with a reset to both sides if its listener's routes would not let it in any more. */
  recheck(): void {
    const failure = routeObjection(this.account.known, this.account.routes);
    if (failure !== undefined) this.abort(failure);
  }

  /** Ends it with a reset to both sides if either has proved who it is under a root that is trusted no more. */
  recheckTrust(trusted: (peer: MeshPeer) => boolean): void {
    for (const peer of [this.#entrant?.peer, this.#secured?.peer]) {
      if (peer !== undefined && !trusted(peer)) this.abort({ code: "ISSUER_WITHDRAWN", peer: peer.uri });
    }
  }

  /** Ends it when nothing has been sent for so long; called now and then. */
  look(nowMs: number, timeoutMs: number): void {
    const afterMs = this.account.stillForMs(nowMs);
    if (afterMs >= timeoutMs) this.abort({ code: "IDLE", afterMs });
  }

  /** Ends it, unless it has ended. Both sides see a reset: it must not pass for an orderly end. */
  abort(failure: ConnectionFailure): void {
    this.#record(failure);
    this.#close("reset");
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.abort({ code: "INTERNAL", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #enter<T extends Stage>(stage: T): T {
    this.#stage?.leave();
    this.#stage = stage;
    return stage;
  }

  #greet(): void {
    this.#answerable = true;
    this.#enter(new Greeting(this.#client, this.#surroundings, (greeted) => this.#greeted(greeted))).begin();
  }

  #greeted(greeted: Greeted): void {
    if (greeted.kind === "failed") this.#refuse(greeted.failure);
    else {
      const { serverName, random } = greeted.hello;
      this.#hello = greeted.bytes;
      this.account.helloRandom = random;
      if (serverName !== undefined) this.account.known = { serverName };
      // All that had arrived has been received.
      this.#told &= ~EPOLLIN;
      this.#match();
      if (this.#hello !== undefined) this.#hello = Uint8Array.from(this.#hello);
    }
  }

  #match(): void {
    const { serverName, source } = this.account.known;
    const match = this.account.routes.match(serverName);
    if (match === undefined) {
      this.#refuse(serverName === undefined ? { code: "NO_SNI" } : { code: "NO_ROUTE", serverName });
    } else {
      const { route, matchedName } = match;
      this.account.known = serverName === undefined ? { route, matchedName } : { serverName, route, matchedName };
      if (route.inbound.kind !== "mtls") this.#reach(route);
      else if (source === undefined) this.#takeIn(route.inbound);
      else this.#authorize(route, source);
    }
  }

  /** Has the client prove who it is. */
  #takeIn(inbound: Extract<Route["inbound"], { readonly kind: "mtls" }>): void {
    const client = { side: this.#client, hello: Uint8Array.from(this.#hello ?? []) };
    this.#hello = undefined;
    const stage = takingIn(inbound, client, this.#surroundings, (takenIn) => this.#takenIn(takenIn));
    if ("code" in stage) {
      // There is no leaf: the client still waits for an answer in the clear.
      this.#refuse(stage);
    } else {
      this.#answerable = false;
      this.#enter(stage).begin();
    }
  }

  #takenIn(takenIn: TakenIn): void {
    if (takenIn.kind === "failed") this.#refuse(takenIn.failure);
    else {
      this.#entrant = takenIn;
      this.account.learn({ source: takenIn.source });
      // Matched again: the table may have changed during the handshake.
      this.#match();
    }
  }

  /** Goes on if the intentions let it. */
  #authorize(route: Route, source: string): void {
    const decision = decisionOn(route, source);
    const identity = this.#entrant === undefined ? {} : { sourceIdentity: this.#entrant.peer.uri };
    this.account.learn({ source, ...identity, ...(decision === undefined ? {} : { decision }) });
    if (decision === undefined || decision.action === "allow") this.#reach(route);
    else this.#refuse({ code: "DENIED", source, destination: destinationOf(route), by: decision.by });
  }

  #reach(route: Route): void {
    const { account } = this;
    const guide = { balancer: account.routes.balancerOf(account.known.matchedName), failedDials: account.failedDials };
    const dialed: Dialed = (report, sent) => account.dialed(report, sent);
    const done = (outcome: Outcome) => this.#reached(outcome);
    const givenUpFor = () => account.ending ?? { code: "CLIENT_CLOSED" };
    const first = () => this.#hello;
    const errand = { route, guide, first, connection: this, dialed, givenUpFor, done } as const;
    this.#enter(new Reaching(errand, this.#surroundings)).begin();
  }

  #reached(outcome: Outcome): void {
    switch (outcome.kind) {
      case "client-gone":
        this.abort({ code: "CLIENT_CLOSED" });
        break;
      case "lost":
        this.#refuse(outcome.failure);
        break;
      case "reached":
        this.#carry(outcome);
    }
  }

  #carry({ arrival, upstream, events, sent, secured }: Extract<Outcome, { readonly kind: "reached" }>): void {
    const { endpoint, target, failover } = arrival;
    this.account.known = { ...this.account.known, endpoint, target, failover };
    this.#upstream = upstream;
    this.#secured = secured;
    if (secured?.peer !== undefined) this.#believe(secured.peer);
    if (this.#closed) return;
    const sides = { client: this.#client, upstream };
    const done = (failure: ConnectionFailure | undefined) => this.#carried(failure);
    const carrying = this.#enter(new Carrying(sides, this.#waysTo(upstream, sent), this.#surroundings, done));
    this.account.carried = carrying;
    // Of what the endpoint has sent, TLS may have received more than it has given.
    carrying.begin({ client: this.#told, upstream: secured === undefined ? events : events | EPOLLIN });
  }

  /** Takes the endpoint for whom it has proved to be; the roots may have changed since its handshake began. */
  #believe({ uri }: MeshPeer): void {
    this.account.learn({ destinationIdentity: uri });
    this.recheckTrust(trustedUnder(this.#surroundings.tls.identities.roots()));
  }

  #waysTo(upstream: Side, sent: number): Ways {
    const first = this.#hello;
    this.#hello = undefined;
    const client = { fd: this.#client.fd, session: this.#entrant?.session };
    const ends = { client, upstream: { fd: upstream.fd, session: this.#secured?.session }, first };
    return waysBetween(ends, sent, this.#surroundings);
  }

  #carried(failure: ConnectionFailure | undefined): void {
    const secured = failure?.code === "UPSTREAM_RESET" ? this.#secured : undefined;
    this.#record(failure === undefined ? undefined : (secured?.explain(failure) ?? failure));
    this.#close(failure === undefined ? "orderly" : "reset");
  }

  /** Turns it away, with an alert where one fits. */
  #refuse(failure: ConnectionFailure): void {
    this.#record(failure);
    const alert = this.#answerable ? alertFor(failure) : undefined;
    if (alert !== undefined) {
      this.#enter(new Parting(this.#client, this.#surroundings, () => this.#close("orderly"))).begin(alert);
    } else if (this.#entrant !== undefined) {
      // Within TLS the end of TCP could pass for the orderly end of what the client was to be sent.
      this.#close("reset");
    } else {
      throwAway(this.#client, this.#surroundings);
      this.#close("orderly");
    }
  }

  #record(failure: ConnectionFailure | undefined): void {
    this.account.end(failure, () => this.#enter(NOTHING));
  }

  #close(manner: "orderly" | "reset"): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#enter(NOTHING);
    this.#entrant?.session.close();
    this.#secured?.close();
    this.#client.close(manner);
    this.#upstream?.close(manner);
    this.#gone(this);
  }
}
