import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import type { Target } from "./load.ts";
import { PING } from "./messages.ts";

/** A connection through which the backend has answered. */
export type Opened = {
  readonly socket: Socket;
  /** Ends it at once, so that no port is held up. */
  readonly reset: () => void;
};

/** Opens connections to one target. */
export type Opener = () => Promise<Opened>;

/** Gives what opens a connection and resolves when the backend has answered through it. Each handshake is a full one. */
export function openerOf({ port, greeting }: Target): Opener {
  if (greeting.kind === "hello") {
    const hello = Buffer.from(greeting.hello, "base64");
    return async () => {
      const socket = dial(port);
      await answered(socket, hello);
      return { socket, reset: () => socket.resetAndDestroy() };
    };
  }
  const { cert, key, ca, serverName } = greeting;
  const secureContext: SecureContext = createSecureContext({ cert, key, ca });
  return async () => {
    const carrier = dial(port);
    const socket = connectTls({
      socket: carrier,
      secureContext,
      servername: serverName,
      // Names of the mesh are URIs, which are not what Node looks for.
      checkServerIdentity: () => undefined,
    });
    await answered(socket, PING);
    return { socket, reset: () => carrier.resetAndDestroy() };
  };
}

function dial(port: number): Socket {
  return connect({ host: "127.0.0.1", port, noDelay: true });
}

/** Sends the first message; resolves when it has been answered. Rejects when the connection ends without an answer. */
async function answered(socket: Socket, message: Buffer): Promise<void> {
  socket.write(message);
  const ended = once(socket, "close").then(() => {
    throw new Error("a connection was closed before it was answered");
  });
  // The connection will be closed sometime, when nobody waits any more.
  ended.catch(() => {});
  await Promise.race([once(socket, "data"), ended]);
}
