import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Listener, Route } from "@causeway/routes";
import { Balancer } from "./balancer.ts";

/** How accepted sockets are tuned, and who takes them. */
export type AcceptOptions = {
  readonly accept: (socket: Socket, bound: BoundListener) => void;
  /** Told of trouble with accepting, such as a lack of file descriptors; the listener goes on. */
  readonly trouble: (bound: BoundListener, error: Error) => void;
  readonly keepaliveMs: number;
};

// Node's 511 is less than one burst of a busy mesh; the kernel lowers it to net.core.somaxconn.
const BACKLOG = 4_096;

/** An address that is listened on, and what is done with its connections at this moment. */
export class BoundListener {
  /** What the table says of this address now; `undefined` once it says nothing any more. */
  current: Listener | undefined;
  readonly name: string;
  /** Whose turn it is, for each route of this listener. */
  readonly balancer = new Balancer();
  readonly #server: Server;

  private constructor(listener: Listener, server: Server) {
    this.current = listener;
    this.name = listener.name;
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

  /** The route for a server name; on a listener that has only one route the name does not matter. */
  route(serverName: string | undefined): Route | undefined {
    const match = this.current?.match;
    if (match === undefined || match.by === "listener") return match?.route;
    if (serverName === undefined) return undefined;
    // Host names are compared without regard to case; names of services may have capitals, so the exact spelling comes first.
    return match.routes.get(serverName) ?? match.routes.get(serverName.toLowerCase());
  }

  /** By which name the route for a server name takes its turns; where the name chooses no route, the client does not choose the turns. */
  turnsOf(serverName: string | undefined): string {
    return this.current?.match.by === "sni" ? (serverName ?? "").toLowerCase() : "";
  }

  /** Stops listening; connections that were accepted stay. */
  close(): void {
    this.#server.close();
  }
}
