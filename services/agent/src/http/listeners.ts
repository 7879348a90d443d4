import { once } from "node:events";
import { chmod, lstat, unlink } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { TlsOptions } from "node:tls";
import { addressOf, type Bind } from "./bind.ts";

// An import would give every name that the module has, and so load all of undici for `http.WebSocket`: 13 MB that nobody uses.
const { createServer } = process.getBuiltinModule("node:http");

/** How requests reach the HTTP API. */
export type ListenersOptions = {
  readonly binds: readonly Bind[];
  readonly serve: RequestListener;
  /** Reads what HTTPS shows and asks for; called only where a bind is secure. */
  readonly readTls: () => Promise<TlsOptions>;
  /** Permissions of sockets in the file system, in octal digits; those of new files unless told. */
  readonly socketMode?: string | undefined;
};

/** A client that has not sent its whole request by then is not sending one. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Longer than the longest pause of clients that keep connections for their polls. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

/** How soon a connection is ended whose last answer went out while the listeners close. */
const SWEEP_MS = 20;

const TIMEOUTS = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS };

/** The sockets that the HTTP API is served on: TCP, TLS, and sockets in the file system. Closed by `close`. */
export class Listeners {
  /** Where clients reach it, in the order of the binds: `http://127.0.0.1:8500`, `unix:///run/agent.sock`. */
  readonly addresses: readonly string[];
  readonly #servers: readonly Server[];
  readonly #secure: readonly TlsServer[];
  readonly #readTls: () => Promise<TlsOptions>;
  readonly #closing: AbortController;

  private constructor(bound: readonly Bound[], readTls: () => Promise<TlsOptions>, closing: AbortController) {
    this.#closing = closing;
    this.addresses = bound.map(({ address }) => address);
    this.#servers = bound.map(({ server }) => server);
    this.#secure = bound.flatMap(({ secure }) => (secure === undefined ? [] : [secure]));
    this.#readTls = readTls;
  }

  /** Resolves when all are listened on. Throws the system's error for the first that cannot be, and what `readTls` throws. */
  static async open({ binds, serve, readTls, socketMode }: ListenersOptions): Promise<Listeners> {
    const tls = binds.some(({ secure }) => secure) ? await readTls() : {};
    const bound: Bound[] = [];
    const closing = new AbortController();
    const serveUntilClosing: RequestListener = (request, response) => {
      // Else a client that polls would find its connection open for ever.
      if (closing.signal.aborted) response.shouldKeepAlive = false;
      serve(request, response);
    };
    try {
      for (const bind of binds) bound.push(await listen(bind, serveUntilClosing, tls, socketMode));
    } catch (error) {
      for (const { server } of bound) server.close();
      throw error;
    }
    return new Listeners(bound, readTls, closing);
  }

  /** Shows and asks for what the TLS files say now; connections that are open stay. Throws what `readTls` throws, having changed nothing. */
  async reload(): Promise<void> {
    if (this.#secure.length === 0) return;
    const tls = await this.#readTls();
    for (const server of this.#secure) server.setSecureContext(tls);
  }

  /** Stops listening; resolves when the last connection is done with its request. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = this.#servers.map((server) => once(server, "close"));
    for (const server of this.#servers) server.close();
    // Node ends the connections that are idle when it is asked to close, and not those that become so when their answer is out.
    const sweep = setInterval(() => {
      for (const server of this.#servers) server.closeIdleConnections();
    }, SWEEP_MS);
    await Promise.all(closed).finally(() => clearInterval(sweep));
  }
}

type Bound = { readonly address: string; readonly server: Server; readonly secure?: TlsServer };

async function listen(bind: Bind, serve: RequestListener, tls: TlsOptions, mode: string | undefined): Promise<Bound> {
  const secure = bind.secure
    ? process.getBuiltinModule("node:https").createServer({ ...TIMEOUTS, ...tls }, serve)
    : undefined;
  const server: Server = secure ?? createServer(TIMEOUTS, serve);
  if (bind.kind === "socket") {
    await removeOldSocket(bind.path);
    server.listen(bind.path);
  } else server.listen(bind.port, bind.host);
  await once(server, "listening");
  if (bind.kind === "socket" && mode !== undefined) await chmod(bind.path, Number.parseInt(mode, 8));
  const facts = server.address();
  const port = typeof facts === "object" && facts !== null ? facts.port : 0;
  return { address: addressOf(bind, port), server, ...(secure === undefined ? {} : { secure }) };
}

/** A socket that an agent left behind when it was killed; anything else under its name is an error when it is listened on. */
async function removeOldSocket(path: string): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there?.isSocket() === true) await unlink(path);
}
