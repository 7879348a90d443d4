import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Listener } from "@causeway/routes";
import type { BoundAddress } from "./bound-listeners.ts";
import { ListenerRoutes } from "./listener-routes.ts";

/** How accepted sockets are tuned, and who takes them. */
export type AcceptOptions = {
  readonly accept: (socket: Socket, bound: BoundListener) => void;
  /** Told of trouble with accepting, such as a lack of file descriptors; the listener goes on. */
  readonly trouble: (bound: BoundListener, error: Error) => void;
  readonly keepaliveMs: number;
};

/** Connections that wait to be accepted: Node's 511 is less than one burst of a busy mesh; the kernel lowers it to net.core.somaxconn. */
export const BACKLOG = 4_096;

/** An address that is listened on with a socket of Node's, and what is done with its connections at this moment. */
export class BoundListener implements BoundAddress {
  readonly engine = "stream";
  readonly routes: ListenerRoutes;
  #current: Listener | undefined;
  readonly #server: Server;

  private constructor(listener: Listener, server: Server) {
    this.routes = new ListenerRoutes(listener.name, listener.match);
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

  /** Its name when it was bound. */
  get name(): string {
    return this.routes.name;
  }

  /** The port that is listened on, also where the system chose it. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the table says of this address now; `undefined` once it says nothing any more. */
  get current(): Listener | undefined {
    return this.#current;
  }

  /** Does from here on what the table says of this address, if anything; the turns of what stays go on. */
  assign(listener: Listener | undefined): void {
    this.#current = listener;
    this.routes.assign(listener?.match);
  }

  /** Stops listening; connections that were accepted stay. */
  close(): void {
    this.#server.close();
  }
}
