import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { tracesAreExported } from "@causeway/runtime";
import type { Connection } from "./connection.ts";
import { type Standing, sessionPlace } from "./dialled-sessions.ts";
import { ConnectionError } from "./errors.ts";
import { proveFarSide } from "./far-side-proof.ts";
import { randomOfKeyLog, type SentHello } from "./hop.ts";
import type { Roots } from "./identities.ts";
import { chainOf, type MeshPeer } from "./mesh-peer.ts";
import { sniOf, type Terms } from "./origination-terms.ts";
import type { SecureClient } from "./secure-client.ts";
import { waitFor } from "./sockets.ts";
import { handshakeFault } from "./tls-faults.ts";
import { explainUpstreamError } from "./tls-reasons.ts";

/** How TLS to a far side is begun by Node's sockets, and what its certificate must prove. */
export type Origination = Terms & {
  readonly client: SecureClient;
  /** Which of the mesh's roots the far side is verified under; `undefined` where it is not of the mesh. */
  readonly rootsVersion: Roots["version"] | undefined;
};

/** TLS that has been begun, with the mesh identity that the far side has proved, where it was asked for one. */
export type Originated = { readonly secure: TLSSocket; readonly peer: MeshPeer | undefined };

/** With whom, and how long it may take. */
export type Handshake = {
  readonly address: string;
  /** Of this proxy, on the way of the hello. */
  readonly place: SentHello["place"];
  readonly timeoutMs: number;
  readonly connection: Connection;
};

/**
 * Begins TLS on `tcp`; resolves once the far side has proved what it must, in this handshake or, where a session is resumed, in the full one from
 * which that comes. Otherwise both sockets are destroyed, and the promise rejects with UPSTREAM_TLS_FAILED or WRONG_PEER_IDENTITY.
 */
export async function originateTls(tcp: Socket, origination: Origination, handshake: Handshake): Promise<Originated> {
  const { context, sessions } = origination.client;
  const servername = sniOf(origination);
  const { address, place, timeoutMs, connection } = handshake;
  const withWhom = sessionPlace(address, origination);
  const offered = sessions.take(withWhom);
  const secure = connect({
    socket: tcp,
    secureContext: context,
    ...(servername === undefined ? {} : { servername }),
    ...(offered === undefined ? {} : { session: offered.session }),
    // Verified right below, where the certificate can still be read, so that the error can say what is wrong with it.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  // OpenSSL has a copy of its own.
  offered?.session.fill(0);
  if (tracesAreExported()) {
    secure.once("keylog", (line) => {
      const random = randomOfKeyLog(line);
      if (random !== undefined) connection.sent = { role: "sent", random, place };
    });
  }
  // Its errors come to light on the TLS socket.
  tcp.on("error", () => {});
  try {
    await waitFor(secure, "secureConnect", { timeoutMs, signal: connection.signal });
    const { peer, standing } = verify(secure, origination, { address, offered: offered?.standing });
    // OpenSSL looks itself at how long a ticket is good for.
    const keep = (session: Buffer) => sessions.keep(withWhom, { session, standing }, standing.untilMs);
    if (secure.getProtocol() === "TLSv1.3") secure.on("session", keep);
    return { secure, peer };
  } catch (error) {
    secure.on("error", () => {});
    secure.destroy();
    if (connection.signal.aborted) throw error;
    // Whatever it has failed for, the next handshake is a full one.
    sessions.forget(withWhom);
    if (error instanceof ConnectionError) throw error;
    const reason = explainUpstreamError(error as NodeJS.ErrnoException, origination);
    const fault = handshakeFault(error as NodeJS.ErrnoException);
    throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault, reason }, { cause: error });
  }
}

/** Where a far side is, and what it has proved in the handshake from which the session comes that it was offered, if it was. */
type FarSide = { readonly address: string; readonly offered: Standing | undefined };

/** What the far side has proved, and the mesh identity in it, where it was asked for one; throws unless it has proved what is asked of it. */
function verify(secure: TLSSocket, origination: Origination, { address, offered }: FarSide) {
  const resumed = secure.isSessionReused() ? offered : undefined;
  // Of one that was resumed Node has no certificate.
  const certificate = resumed?.chain[0] ?? secure.getPeerX509Certificate();
  // An Error by its type; in fact a code.
  const objection = secure.authorized ? undefined : String(secure.authorizationError);
  const shown = { certificate, objection, chain: () => chainOf(certificate) };
  const { uri, proved } = proveFarSide(shown, origination, address);
  const standing = resumed ?? origination.client.standingOf(proved);
  const { rootsVersion } = origination;
  const known = uri !== undefined && rootsVersion !== undefined;
  const peer: MeshPeer | undefined = known
    ? { uri, chain: () => standing.chain, trustedUnder: rootsVersion }
    : undefined;
  return { peer, standing };
}
