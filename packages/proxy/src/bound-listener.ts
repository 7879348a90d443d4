import { type AddressInfo, createServer, isIP, type Server, type Socket } from "node:net";
import type { Listener } from "@causeway/routes";
import type { BoundAddress } from "./bound-listeners.ts";
import { ListenerRoutes } from "./listener-routes.ts";

/** How accepted sockets are tuned, and who takes them. */
export type AcceptOptions = {
  readonly accept: (socket: Socket, bound: BoundListener) => void;
  /** Told of trouble with accepting, such as a lack of file descriptors; the listener goes on. */
  readonly trouble: (bound: BoundListener, error: Error) => void;
  readonly keepaliveMs: number;
  /** How addresses are shared with other processes; `undefined` where they cannot be. */
  readonly sharing: Sharing | undefined;
};

/** Listens beside others on the same address. */
export type Sharing = {
  /** A socket that listens, which the caller closes; throws the system's error when the address cannot be bound. */
  readonly listen: (listener: Listener) => number;
  /** Has new connections go to the others who listen where this socket does; gives false when there are none. */
  readonly handOver: (socket: number) => boolean;
};

/** Connections that wait to be accepted: Node's 511 is less than one burst of a busy mesh; the kernel lowers it to net.core.somaxconn. */
export const BACKLOG = 4_096;

/** An address that is listened on with a socket of Node's, and what is done with its connections at this moment. */
export class BoundListener implements BoundAddress {
  readonly engine = "stream";
  readonly routes: ListenerRoutes;
  #current: Listener | undefined;
  readonly #server: Server;
  readonly #handOver: () => boolean;

  private constructor(listener: Listener, server: Server, handOver: () => boolean) {
    this.routes = new ListenerRoutes(listener.name, listener.match);
    this.#current = listener;
    this.#server = server;
    this.#handOver = handOver;
  }

  /** Listens; rejects with the system's error when the address cannot be bound. */
  static async open(
    listener: Listener,
    { accept, trouble, keepaliveMs, sharing }: AcceptOptions,
  ): Promise<BoundListener> {
    // Half-open, because a client may end its sending side and still wait for the answer.
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepaliveMs,
    });
    const fd = isIP(listener.address) === 0 ? undefined : sharing?.listen(listener);
    const bound = new BoundListener(listener, server, () => fd !== undefined && sharing?.handOver(fd) === true);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    const at = fd === undefined ? { host: listener.address, port: listener.port } : { fd };
    server.listen({ ...at, backlog: BACKLOG }, resolve);
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

  handOver(): boolean {
    return this.#handOver();
  }

  /** Stops listening; connections that were accepted stay. */
  close(): void {
    this.#server.close();
  }
}
