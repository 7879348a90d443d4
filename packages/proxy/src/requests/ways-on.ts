import type { ClientRequestArgs } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { Route } from "@causeway/routes";
import type { Match } from "../listener-routes.ts";
import { Http1WayOn } from "./http1-way-on.ts";
import { Http2WayOn } from "./http2-way-on.ts";
import type { Onward } from "./onward.ts";

// An import would load all of undici: see request-servers.ts.
const { Agent } = process.getBuiltinModule("node:http");

/** A route that was found for a request, and the host which it was found by. */
export type RequestMatch = Match & { readonly host: string };

/** Connects to one of a route's endpoints; rejects with a ConnectionError. */
export type Reach = (match: RequestMatch) => Promise<Socket>;

type Held = { readonly route: Route; readonly way: LegAgent | Promise<ClientHttp2Session> };

/**
 * The connections by which the requests of one client go on: of HTTP/1.1 as many as there are requests at once, of HTTP/2 one, for each
 * route. They are kept for the client's next requests for as long as the route is what it was.
 */
export class WaysOn {
  readonly #reach: Reach;
  readonly #held = new Map<string | undefined, Held>();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** The way on for a request. Rejects with a ConnectionError, or with what is wrong with the request. */
  async for(match: RequestMatch, onward: Onward): Promise<Http1WayOn | Http2WayOn> {
    const { way } = this.#holdFor(match);
    return way instanceof LegAgent ? new Http1WayOn(onward, way) : new Http2WayOn(onward, await way);
  }

  /** A connection of its own, which nothing else goes by; whoever takes it closes it. */
  apart(match: RequestMatch): LegAgent {
    return new LegAgent(() => this.#reach(match), "used once");
  }

  /** Closes all that no request goes by, and the rest as soon as none does. */
  close(): void {
    for (const { way } of this.#held.values()) retire(way);
    this.#held.clear();
  }

  #holdFor(match: RequestMatch): Held {
    const held = this.#held.get(match.matchedName);
    if (held !== undefined && isDeepStrictEqual(held.route, match.route)) return held;
    if (held !== undefined) retire(held.way);
    const way = match.route.protocol === "http" ? new LegAgent(() => this.#reach(match), "kept") : this.#session(match);
    const fresh = { route: match.route, way };
    this.#held.set(match.matchedName, fresh);
    return fresh;
  }

  async #session(match: RequestMatch): Promise<ClientHttp2Session> {
    const forget = () => {
      if (this.#held.get(match.matchedName)?.way === session) this.#held.delete(match.matchedName);
    };
    const session = this.#reach(match).then((socket) => {
      const opened = connect("http://mesh", { createConnection: () => socket });
      // Streams tell what it means for them, and the socket what it is called.
      return opened
        .on("error", () => {})
        .once("goaway", forget)
        .once("close", forget);
    });
    session.catch(forget);
    return session;
  }
}

/** Node's agent, which keeps connections between requests, with connections into the mesh. */
export class LegAgent extends Agent {
  readonly #reach: () => Promise<Socket>;
  readonly #legs = new Set<Socket>();

  constructor(reach: () => Promise<Socket>, use: "kept" | "used once") {
    super({ keepAlive: use === "kept" });
    this.#reach = reach;
  }

  override createConnection(_: ClientRequestArgs, callback?: (error: Error | null, socket: Duplex) => void): undefined {
    this.#reach().then(
      (socket) => {
        this.#legs.add(socket.once("close", () => this.#legs.delete(socket)));
        callback?.(null, socket);
      },
      // Without a socket there is none to hand over.
      (error: Error) => callback?.(error, undefined as never),
    );
  }

  /** Ends what no request goes by in order, and keeps nothing any more. */
  retire(): void {
    this.maxFreeSockets = 0;
    const free = new Set<Duplex>(Object.values(this.freeSockets).flatMap((sockets) => sockets ?? []));
    for (const socket of this.#legs) if (free.has(socket)) socket.destroySoon();
  }
}

function retire(way: Held["way"]): void {
  if (way instanceof LegAgent) way.retire();
  else
    void way.then(
      (session) => session.close(),
      () => {},
    );
}
