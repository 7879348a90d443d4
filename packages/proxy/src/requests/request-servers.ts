import type { IncomingMessage, Server } from "node:http";
import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection } from "../connection.ts";
import { ClientRequests, type RequestOptions } from "./client-requests.ts";
import { askedByHttp1, Http1WayBack } from "./http1-way-back.ts";
import { askedByHttp2, Http2WayBack } from "./http2-way-back.ts";
import { serveUpgrade } from "./upgrade.ts";

// An import would give every name that the module has, and so load all of undici for `http.WebSocket`: 13 MB that nobody uses.
const { createServer } = process.getBuiltinModule("node:http");

/** The longest head of a request, which is Envoy's limit too. */
const MAX_HEAD_BYTES = 60 * 1_024;

/** A client whose requests are being served, and how it is asked to leave. */
type Client = { readonly requests: ClientRequests; readonly leave: () => void; busy: number };

/** Reads the requests of clients that a listener has accepted, and taken in; it listens nowhere itself. */
export class RequestServers {
  readonly #options: RequestOptions;
  readonly #http1: Server;
  readonly #clients = new Map<Duplex, Client>();
  #leaving = false;

  constructor(options: RequestOptions) {
    this.#options = options;
    this.#http1 = createServer({
      maxHeaderSize: MAX_HEAD_BYTES,
      // How long a request may take is for whom it is for to say.
      requestTimeout: 0,
      keepAliveTimeout: 0,
      // Other offers, such as h2c, need not be taken up: the request is answered as it is.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    });
    this.#http1.on("request", (request, response) => {
      const client = this.#clientOf(request);
      client.busy += 1;
      response.once("close", () => {
        client.busy -= 1;
        if (this.#leaving && client.busy === 0) client.leave();
      });
      void client.requests.serve(askedByHttp1(request), new Http1WayBack(response, () => this.#leaving));
    });
    this.#http1.on("upgrade", (request, socket, head) => {
      const client = this.#clientOf(request);
      // What it becomes is no request that has an end.
      client.busy += 1;
      void serveUpgrade(client.requests, { request, client: socket, head });
    });
  }

  /** Serves the requests of a client by the HTTP that it speaks; resolves when it has left. */
  async serve(connection: Connection, socket: Socket, http: "1" | "2"): Promise<void> {
    const requests = new ClientRequests(connection, this.#options);
    const closed = Promise.withResolvers<void>();
    socket.once("close", () => closed.resolve());
    if (http === "1") this.#serveHttp1(socket, requests);
    else this.#serveHttp2(socket, requests);
    if (socket.closed) closed.resolve();
    await closed.promise;
    this.#clients.delete(socket);
    requests.ways.close();
    connection.signal.throwIfAborted();
  }

  /** Asks every client to leave as soon as what it has asked for is answered. */
  leave(): void {
    this.#leaving = true;
    for (const client of this.#clients.values()) if (client.busy === 0) client.leave();
  }

  #serveHttp1(socket: Socket, requests: ClientRequests): void {
    this.#clients.set(socket, { requests, leave: () => socket.destroySoon(), busy: 0 });
    this.#http1.emit("connection", socket);
  }

  #serveHttp2(socket: Socket, requests: ClientRequests): void {
    const session: ServerHttp2Session = performServerHandshake(socket);
    this.#clients.set(socket, { requests, leave: () => session.close(), busy: 0 });
    session.on("error", () => {});
    session.on("stream", (stream, headers, _, raw: readonly string[]) => {
      stream.on("error", () => {});
      void requests.serve(askedByHttp2(stream, headers, raw), new Http2WayBack(stream));
    });
  }

  /** Whose a request is. Every socket of the server was entered before it was handed over. */
  #clientOf({ socket }: IncomingMessage): Client {
    const client = this.#clients.get(socket);
    if (client === undefined) throw new Error("a request of nobody");
    return client;
  }
}
