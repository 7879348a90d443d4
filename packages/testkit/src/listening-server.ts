import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** Where a server listens. */
export type ListenOptions = {
  /** IP address to bind; 127.0.0.1 unless told. */
  readonly host?: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
};

/** A server on a real socket, ended by `stop` or by `await using`. */
export type ListeningServer = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
  /** Connections taken in so far, those that have ended included. */
  acceptedConnections(): number;
  /** Connections that are open now. */
  openConnections(): number;
  /** Stops listening and cuts every open connection; resolves when all are gone. */
  stop(): Promise<void>;
};

/** Makes `server` listen, and keeps account of its connections. */
export async function listen(
  server: Server,
  { host = "127.0.0.1", port = 0 }: ListenOptions = {},
): Promise<ListeningServer> {
  const open = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    // A client may vanish at any time; that is the tests' business, not an error of this server.
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");

  async function stop(): Promise<void> {
    if (!server.listening) return;
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, "close");
  }
  return {
    host,
    port: (server.address() as AddressInfo).port,
    acceptedConnections: () => accepted,
    openConnections: () => open.size,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
