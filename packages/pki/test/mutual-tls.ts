import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type PeerCertificate, type TLSSocket } from "node:tls";

/** One side of a handshake: what it presents, and whom it believes. */
export type Side = { readonly certificate: string; readonly key: string; readonly roots: readonly string[] };

/** What came of a handshake: who the server saw, or which side refused with which of OpenSSL's codes. */
export type Handshake =
  | { readonly kind: "agreed"; readonly clientSeen: string | undefined; readonly serverSeen: string | undefined }
  | { readonly kind: "refused"; readonly by: "client" | "server"; readonly code: string };

/** Makes one real mutual TLS 1.3 handshake on the loopback interface. */
export async function handshake({
  client,
  server,
}: {
  readonly client: Side;
  readonly server: Side;
}): Promise<Handshake> {
  const listener = createServer({
    cert: server.certificate,
    key: server.key,
    ca: [...server.roots],
    requestCert: true,
    rejectUnauthorized: true,
  });
  const outcome = Promise.withResolvers<Handshake>();
  listener.on("tlsClientError", (error: NodeJS.ErrnoException, refused: TLSSocket) => {
    // Node destroys the socket of a client that it does not believe, and keeps the reason on it.
    outcome.resolve({ kind: "refused", by: "server", code: String(refused.authorizationError ?? error.code) });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const socket = connect({
    port: (listener.address() as AddressInfo).port,
    host: "127.0.0.1",
    cert: client.certificate,
    key: client.key,
    ca: [...client.roots],
    checkServerIdentity: () => undefined,
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    outcome.resolve({ kind: "refused", by: "client", code: error.code ?? error.message });
  });
  listener.on("secureConnection", (accepted: TLSSocket) => {
    outcome.resolve({
      kind: "agreed",
      clientSeen: namesOf(accepted.getPeerCertificate()),
      serverSeen: namesOf(socket.getPeerCertificate()),
    });
    accepted.end();
  });
  try {
    return await outcome.promise;
  } finally {
    socket.destroy();
    await new Promise<void>((resolve) => listener.close(() => resolve()));
  }
}

function namesOf({ subjectaltname }: PeerCertificate): string | undefined {
  return subjectaltname;
}
