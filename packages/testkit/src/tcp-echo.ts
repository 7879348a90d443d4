import { createServer } from "node:net";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** How an echo service is told from another. */
export type TcpEchoOptions = ListenOptions & {
  /** Sent first on each connection, so that a client knows which instance it has reached. */
  readonly greeting?: string;
};

/** A service that sends back what it is sent, and ends when its client has. */
export function startTcpEcho({ greeting = "", ...where }: TcpEchoOptions = {}): Promise<ListeningServer> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (greeting !== "") socket.write(greeting);
    socket.pipe(socket);
  });
  return listen(server, where);
}
