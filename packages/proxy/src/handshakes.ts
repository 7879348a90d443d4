import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import type { Connection } from "./connection.ts";
import type { ConnectionError } from "./errors.ts";
import { underlying } from "./sockets.ts";

/** What it is called when a handshake fails. */
export type ExplainHandshake = (error: Error, secure: TLSSocket) => ConnectionError;

/** Shakes hands with clients that a listener has accepted and peeked at, by a TLS server that never listens. */
export class Handshakes {
  readonly #server: Server;
  readonly #waiting = new WeakMap<Socket, PromiseWithResolvers<TLSSocket>>();

  constructor(options: TlsOptions, explain: ExplainHandshake) {
    this.#server = createServer(options);
    this.#server.on("secureConnection", (secure) => {
      secure.allowHalfOpen = true;
      this.#settle(secure, ({ resolve }) => resolve(secure));
    });
    this.#server.on("tlsClientError", (error, secure) =>
      this.#settle(secure, ({ reject }) => reject(explain(error, secure))),
    );
  }

  /**
   * Shakes hands with the client of a connection; resolves with its decrypted side. Rejects with what `explain` makes of a failure.
   *
   * The server is handed the socket, with the peeked bytes put back. On a bare TLSSocket `rejectUnauthorized` would not be enforced.
   */
  async takeIn({ client, signal }: Connection): Promise<TLSSocket> {
    signal.throwIfAborted();
    const waiting = Promise.withResolvers<TLSSocket>();
    this.#waiting.set(client, waiting);
    const abort = () => waiting.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    // Until the handshake is done, a client that ends its sending side has gone; the TLS socket takes this over from the one beneath.
    client.allowHalfOpen = false;
    this.#server.emit("connection", client);
    return waiting.promise.finally(() => signal.removeEventListener("abort", abort));
  }

  #settle(secure: TLSSocket, settle: (waiting: PromiseWithResolvers<TLSSocket>) => void): void {
    // Errors may still come after the handshake has failed, or before whoever waits has had its turn.
    secure.on("error", () => {});
    const raw = underlying(secure);
    const waiting = raw === undefined ? undefined : this.#waiting.get(raw);
    if (waiting === undefined) secure.destroy();
    else settle(waiting);
  }
}
