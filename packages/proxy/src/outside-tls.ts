import { randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { chooseProtocol } from "./alpn.ts";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import { Handshakes } from "./handshakes.ts";
import type { Leaf } from "./identities.ts";
import { explainClientHandshake } from "./tls-reasons.ts";
import { SESSION_SECONDS, tlsSettings } from "./tls-settings.ts";

/** What is agreed on with clients, and how long a handshake may take. */
export type OutsideOptions = {
  /** By ALPN, best first; any offer where that is not said. */
  readonly protocols: readonly string[] | undefined;
  readonly handshakeTimeoutMs: number;
};

/** Takes clients from outside the mesh in: it presents one leaf, and asks nobody for a certificate. */
export class OutsideTlsServer {
  readonly #handshakes: Handshakes;

  constructor({ certificatePem, privateKeyPem }: Leaf, { protocols, handshakeTimeoutMs }: OutsideOptions) {
    this.#handshakes = new Handshakes(
      {
        cert: certificatePem,
        key: privateKeyPem,
        ...tlsSettings(),
        sessionTimeout: SESSION_SECONDS,
        sessionIdContext: randomBytes(16).toString("hex"),
        handshakeTimeout: handshakeTimeoutMs,
        ALPNCallback: ({ protocols: offered }) =>
          protocols === undefined ? chooseProtocol(offered) : protocols.find((protocol) => offered.includes(protocol)),
      },
      (error) => new ConnectionError(explainClientHandshake(error, undefined, undefined), { cause: error }),
    );
  }

  /** Shakes hands with the client of a connection; resolves with its decrypted side. */
  takeIn(connection: Connection): Promise<TLSSocket> {
    return this.#handshakes.takeIn(connection);
  }
}
