import { randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { TlsLimits } from "@causeway/routes";
import { chooseProtocol } from "./alpn.ts";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import { Handshakes } from "./handshakes.ts";
import type { Leaf, Roots } from "./identities.ts";
import { type KnownPeer, KnownPeers } from "./known-peers.ts";
import { chainOf } from "./mesh-peer.ts";
import { explainClientHandshake } from "./tls-reasons.ts";
import { SESSION_SECONDS, tlsSettings } from "./tls-settings.ts";

/** What a handshake with a client may use, and how long it may take. */
export type HandshakeOptions = { readonly tlsLimits: TlsLimits | undefined; readonly handshakeTimeoutMs: number };

/**
 * Takes clients in that a listener has accepted and peeked at; it presents one leaf, and lets in only holders of mesh certificates.
 *
 * Sessions are resumed by tickets, whose key OpenSSL makes for each server and nobody else has. With the leaf or the roots the server
 * changes, so what was begun under others is not understood any more, and the handshake is a full one. What a ticket tells of the client
 * is what was verified when its session began: its certificate, of which identity and expiry are looked at anew each time.
 */
export class MutualTlsServer {
  /** Which roots its clients are verified under. */
  readonly rootsVersion: Roots["version"];
  readonly #handshakes: Handshakes;
  readonly #peers = new KnownPeers();

  constructor({ certificatePem, privateKeyPem }: Leaf, roots: Roots, options: HandshakeOptions) {
    this.rootsVersion = roots.version;
    this.#handshakes = new Handshakes(
      {
        cert: certificatePem,
        key: privateKeyPem,
        ca: [...roots.certificatesPem],
        requestCert: true,
        rejectUnauthorized: true,
        ...tlsSettings(options.tlsLimits),
        sessionTimeout: SESSION_SECONDS,
        // A session of one server must not count with another, whatever keys they have.
        sessionIdContext: randomBytes(16).toString("hex"),
        handshakeTimeout: options.handshakeTimeoutMs,
        ALPNCallback: ({ protocols }) => chooseProtocol(protocols),
      },
      (error, secure) =>
        new ConnectionError(explainClientHandshake(error, verificationOf(secure), options.tlsLimits), { cause: error }),
    );
  }

  /** Shakes hands with the client of a connection; resolves with its decrypted side once its certificate has been verified. */
  takeIn(connection: Connection): Promise<TLSSocket> {
    return this.#handshakes.takeIn(connection);
  }

  /** Whose the certificate is that a client taken in here has proved to have, be it in this handshake or in that of the session resumed. */
  peerOf(secure: TLSSocket): KnownPeer {
    const presented = secure.getPeerX509Certificate();
    if (presented === undefined || !secure.authorized) throw new ConnectionError({ code: "NO_CLIENT_CERTIFICATE" });
    if (secure.isSessionReused()) return this.#peers.resumed(presented.raw);
    const chain = () => chainOf(presented);
    return {
      ...this.#peers.verified(presented.raw, () =>
        chain()
          .slice(1)
          .map(({ raw }) => raw),
      ),
      chain,
    };
  }
}

/** What was wrong with the client's certificate, which the error of the handshake does not tell. */
function verificationOf(secure: TLSSocket): string | undefined {
  // An Error by its type; in fact a code.
  const code = secure.authorizationError as unknown;
  return typeof code === "string" ? code : undefined;
}
