import type { Socket } from "node:net";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { tracesAreExported } from "@causeway/runtime";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import { proveFarSide } from "./far-side-proof.ts";
import { randomOfKeyLog, type SentHello } from "./hop.ts";
import type { Roots } from "./identities.ts";
import { chainOf, type MeshPeer } from "./mesh-peer.ts";
import { sniOf, type Terms } from "./origination-terms.ts";
import { waitFor } from "./sockets.ts";
import { handshakeFault } from "./tls-faults.ts";
import { explainUpstreamError } from "./tls-reasons.ts";

/** How TLS to a far side is begun by Node's sockets, and what its certificate must prove. */
export type Origination = Terms & {
  readonly context: SecureContext;
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
 * Begins TLS on `tcp`; resolves once the far side has proved what it must. Otherwise both sockets are destroyed, and the promise rejects
 * with UPSTREAM_TLS_FAILED or WRONG_PEER_IDENTITY.
 */
export async function originateTls(tcp: Socket, origination: Origination, handshake: Handshake): Promise<Originated> {
  const { context } = origination;
  const servername = sniOf(origination);
  const { address, place, timeoutMs, connection } = handshake;
  const secure = connect({
    socket: tcp,
    secureContext: context,
    ...(servername === undefined ? {} : { servername }),
    // Verified right below, where the certificate can still be read, so that the error can say what is wrong with it.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
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
    return { secure, peer: verify(secure, origination, address) };
  } catch (error) {
    secure.on("error", () => {});
    secure.destroy();
    if (connection.signal.aborted || error instanceof ConnectionError) throw error;
    const reason = explainUpstreamError(error as NodeJS.ErrnoException, origination);
    const fault = handshakeFault(error as NodeJS.ErrnoException);
    throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault, reason }, { cause: error });
  }
}

/** The mesh identity that the far side has proved, where it was asked for one; throws unless it has proved what is asked of it. */
function verify(secure: TLSSocket, origination: Origination, address: string): MeshPeer | undefined {
  const certificate = secure.getPeerX509Certificate();
  // An Error by its type; in fact a code.
  const objection = secure.authorized ? undefined : String(secure.authorizationError);
  const chain = () => chainOf(certificate);
  const uri = proveFarSide({ certificate, objection, chain }, origination, address);
  const { rootsVersion } = origination;
  return uri === undefined || rootsVersion === undefined ? undefined : { uri, chain, trustedUnder: rootsVersion };
}
