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

/** Gives what opens a connection and resolves when the backend has answered through it. Each handshake is a full one unless a session is given. */
export function openerOf({ port, greeting }: Target, session?: Buffer): Opener {
  if (greeting.kind === "hello") {
    const hello = Buffer.from(greeting.hello, "base64");
    return async () => {
      const socket = dial(port);
      await answered(socket, hello);
      return { socket, reset: () => socket.resetAndDestroy() };
    };
  }
  const connectSecurely = secureOpenerOf(port, greeting, session);
  return async () => {
    const { carrier, socket } = connectSecurely();
    await answered(socket, PING);
    if (session !== undefined && !socket.isSessionReused()) throw new Error("a session was not resumed");
    return { socket, reset: () => carrier.resetAndDestroy() };
  };
}

/** Begins a TLS session that can be resumed; undefined where there is no TLS. */
export async function beginSession({ port, greeting }: Target): Promise<Buffer | undefined> {
  if (greeting.kind === "hello") return undefined;
  const { carrier, socket } = secureOpenerOf(port, greeting)();
  const begun = once(socket, "session");
  await answered(socket, PING);
  const [session] = await begun;
  socket.on("error", () => {});
  carrier.resetAndDestroy();
  return session;
}

type MutualTls = Extract<Target["greeting"], { readonly kind: "mutual-tls" }>;

function secureOpenerOf(port: number, { cert, key, ca, serverName, groups }: MutualTls, session?: Buffer) {
  const offered = groups === undefined ? {} : { ecdhCurve: groups };
  const secureContext: SecureContext = createSecureContext({ cert, key, ca, ...offered });
  return () => {
    const carrier = dial(port);
    const socket = connectTls({
      socket: carrier,
      secureContext,
      servername: serverName,
      ...(session === undefined ? {} : { session }),
      // Names of the mesh are URIs, which are not what Node looks for.
      checkServerIdentity: () => undefined,
    });
    return { carrier, socket };
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
