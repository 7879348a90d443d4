import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Listener, Route } from "@causeway/routes";
import { Balancer } from "./balancer.ts";
import { targetsOf } from "./failover.ts";
import { matchServerName } from "./match-server-name.ts";

/** How accepted sockets are tuned, and who takes them. */
export type AcceptOptions = {
  readonly accept: (socket: Socket, bound: BoundListener) => void;
  /** Told of trouble with accepting, such as a lack of file descriptors; the listener goes on. */
  readonly trouble: (bound: BoundListener, error: Error) => void;
  readonly keepaliveMs: number;
};

/** A route, and the name in the table that it was found by, where the listener has one for each server name. */
export type Match = { readonly route: Route; readonly matchedName: string | undefined };

// Node's 511 is less than one burst of a busy mesh; the kernel lowers it to net.core.somaxconn.
const BACKLOG = 4_096;

/** An address that is listened on, and what is done with its connections at this moment. */
export class BoundListener {
  readonly name: string;
  #current: Listener | undefined;
  readonly #balancers = new Map<string | undefined, Balancer>();
  readonly #server: Server;

  private constructor(listener: Listener, server: Server) {
    this.name = listener.name;
    this.#current = listener;
    this.#server = server;
  }

  /** Listens; rejects with the system's error when the address cannot be bound. */
  static async open(listener: Listener, { accept, trouble, keepaliveMs }: AcceptOptions): Promise<BoundListener> {
    // Half-open, because a client may end its sending side and still wait for the answer.
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepaliveMs,
    });
    const bound = new BoundListener(listener, server);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen({ host: listener.address, port: listener.port, backlog: BACKLOG }, resolve);
    await promise;
    server.off("error", reject);
    server.on("error", (error) => trouble(bound, error));
    server.on("connection", (socket) => accept(socket, bound));
    return bound;
  }

  /** The port that is listened on, also where the system chose it. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the table says of this address now; `undefined` once it says nothing any more. */
  get current(): Listener | undefined {
    return this.#current;
  }

  /** What the table has for a server name; on a listener that has only one route the name does not matter. */
  match(serverName: string | undefined): Match | undefined {
    const match = this.#current?.match;
    if (match?.by === "listener") return { route: match.route, matchedName: undefined };
    if (match === undefined || serverName === undefined) return undefined;
    const found = matchServerName(match.routes, serverName);
    return found === undefined ? undefined : { route: found.value, matchedName: found.key };
  }

  /** Whose turn it is among the endpoints of the route that was found by this name of the table, each target by its own name. */
  balancerOf(matchedName: string | undefined): Balancer {
    const known = this.#balancers.get(matchedName);
    if (known !== undefined) return known;
    const balancer = new Balancer();
    this.#balancers.set(matchedName, balancer);
    return balancer;
  }

  /** Does from here on what the table says of this address, if anything; the turns of what stays go on. */
  assign(listener: Listener | undefined): void {
    this.#current = listener;
    for (const [matchedName, balancer] of this.#balancers) {
      const route = this.#routeUnder(matchedName);
      if (route === undefined) this.#balancers.delete(matchedName);
      else balancer.retain(new Set(targetsOf(route).map(({ name }) => name)));
    }
  }

  #routeUnder(matchedName: string | undefined): Route | undefined {
    const match = this.#current?.match;
    if (match === undefined) return undefined;
    if (match.by === "listener") return matchedName === undefined ? match.route : undefined;
    return matchedName === undefined ? undefined : match.routes.get(matchedName);
  }

  /** Stops listening; connections that were accepted stay. */
  close(): void {
    this.#server.close();
  }
}
