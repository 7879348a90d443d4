import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { tracesAreExported } from "@causeway/runtime";
import { carriesName, onlyUri } from "./certificate-names.ts";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import { randomOfKeyLog, type SentHello } from "./hop.ts";
import type { Roots } from "./identities.ts";
import { chainOf, type MeshPeer } from "./mesh-peer.ts";
import { waitFor } from "./sockets.ts";
import { certificateFault, handshakeFault } from "./tls-faults.ts";
import { explainChain, explainName, explainUpstreamError, type Offer } from "./tls-reasons.ts";

/** How TLS to a far side is begun, and what its certificate must prove. */
export type Origination = Offer & {
  readonly context: SecureContext;
  /** What the trusted CAs are called in an error: a file, or the mesh's roots. */
  readonly caName: string;
  /** Sent as SNI unless it is an IP address, which RFC 6066 forbids there. */
  readonly serverName: string | undefined;
  /** Besides its chain, which is always verified. */
  readonly proof:
    | { readonly kind: "chain" }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "uri"; readonly uris: readonly string[]; readonly rootsVersion: Roots["version"] };
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
  const { serverName, context } = origination;
  const { address, place, timeoutMs, connection } = handshake;
  const secure = connect({
    socket: tcp,
    secureContext: context,
    ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
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

/** Throws unless the far side's certificate leads to a trusted CA and proves what is asked of it. */
function verify(secure: TLSSocket, { proof, caName }: Origination, address: string): MeshPeer | undefined {
  const presented = secure.getPeerX509Certificate();
  if (presented === undefined) {
    throw new ConnectionError({
      code: "UPSTREAM_TLS_FAILED",
      address,
      fault: "no-certificate",
      reason: "the far side presented no certificate",
    });
  }
  if (!secure.authorized) {
    // An Error by its type; in fact a code.
    const code = String(secure.authorizationError);
    const reason = explainChain(code, presented, caName);
    throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault: certificateFault(code), reason });
  }
  if (proof.kind === "name") verifyName(presented, proof.name, address);
  if (proof.kind !== "uri") return undefined;
  const uri = verifyUri(presented, proof.uris, address);
  return { uri, chain: () => chainOf(presented), trustedUnder: proof.rootsVersion };
}

function verifyName(presented: X509Certificate, name: string, address: string): void {
  if (carriesName(presented, name)) return;
  const reason = explainName(presented, name);
  throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault: "wrong-name", reason });
}

function verifyUri(presented: X509Certificate, expected: readonly string[], address: string): string {
  const found = onlyUri(presented);
  if (found !== undefined && expected.includes(found)) return found;
  throw new ConnectionError({ code: "WRONG_PEER_IDENTITY", address, found, expected });
}
