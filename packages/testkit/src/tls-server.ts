import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import type { KeyedCertificate } from "./certificates.ts";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** What a TLS server presents and what it asks of its clients. */
export type TlsServerOptions = ListenOptions &
  KeyedCertificate & {
    /** Tells this server from another in its answers. */
    readonly name?: string;
    /** PEM of the CA whose client certificates are good; without it no client certificate is asked for. */
    readonly clientCa?: string;
    /** True lets only clients in that have a good certificate; false, the default, lets others in too and says so in the answer. */
    readonly requireClientCertificate?: boolean;
  };

/** What a server saw of one HTTP request and of the TLS connection below it; it is also the answer, as JSON. */
export type SeenRequest = {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  /** The Host header. */
  readonly host: string | null;
  /** What the client asked for by SNI. */
  readonly serverName: string | null;
  /** Common name of the client's certificate. */
  readonly clientCommonName: string | null;
  /** Whether the client's certificate was signed by `clientCa`. */
  readonly clientAuthorized: boolean;
  readonly tlsVersion: string | null;
};

/** An HTTPS server that tells what it sees. */
export type TlsServer = ListeningServer & {
  /** Every request answered so far. */
  readonly requests: readonly SeenRequest[];
  /** Error codes of the handshakes that failed so far. */
  readonly failedHandshakes: readonly string[];
};

/** Starts an HTTPS server that answers each request with what it saw of it (`SeenRequest`). */
export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const { cert, key, clientCa, requireClientCertificate = false, name = "tls-server", ...where } = options;
  const requests: SeenRequest[] = [];
  const failedHandshakes: string[] = [];
  const client = {
    requestCert: clientCa !== undefined,
    rejectUnauthorized: requireClientCertificate,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  };
  const server = createServer({ cert, key, ...client }, (request, response) => {
    const seen = look(name, request);
    requests.push(seen);
    request.resume();
    response.setHeader("content-type", "application/json").end(`${JSON.stringify(seen)}\n`);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException) => failedHandshakes.push(error.code ?? error.message));
  return { ...(await listen(server, where)), requests, failedHandshakes };
}

function look(server: string, request: IncomingMessage): SeenRequest {
  const socket = request.socket as TLSSocket & { readonly servername?: string | false };
  const { CN } = socket.getPeerCertificate().subject ?? {};
  return {
    server,
    method: request.method ?? "",
    path: request.url ?? "",
    host: request.headers.host ?? null,
    serverName: socket.servername || null,
    clientCommonName: (Array.isArray(CN) ? CN[0] : CN) ?? null,
    clientAuthorized: socket.authorized,
    tlsVersion: socket.getProtocol(),
  };
}
