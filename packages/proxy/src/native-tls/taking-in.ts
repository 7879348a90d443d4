import type { Inbound } from "@causeway/routes";
import { ConnectionError, type ConnectionFailure } from "../errors.ts";
import { type MeshPeer, serviceOf, trustedUnder } from "../mesh-peer.ts";
import { type Deadline, lift } from "../splice/deadlines.ts";
import type { Side } from "../splice/side.ts";
import type { Stage, Surroundings } from "../splice/surroundings.ts";
import { explainClientHandshake } from "../tls-reasons.ts";
import { X509_V_OK } from "./openssl-numbers.ts";
import type { TlsContext } from "./tls-context.ts";
import { TlsSession } from "./tls-session.ts";
import { verificationCode } from "./verification-codes.ts";

/** What came of a handshake; the session of a client that was taken in is for whoever is told, to close as well. */
export type TakenIn =
  | { readonly kind: "taken-in"; readonly session: TlsSession; readonly source: string; readonly peer: MeshPeer }
  | { readonly kind: "failed"; readonly failure: ConnectionFailure };

/** For which client, and what it has sent already. */
export type Client = { readonly side: Side; readonly hello: Uint8Array };

/** What has a client taken in, or the failure when there is nothing to present to it. @param done - called once. */
export function takingIn(...of: ConstructorParameters<typeof TakingIn>): TakingIn | ConnectionFailure {
  try {
    return new TakingIn(...of);
  } catch (error) {
    return ConnectionError.from(error).failure;
  }
}

const BROKEN_OFF = { code: "CLIENT_TLS_FAILED", fault: "broken-off", reason: "the client broke it off" } as const;

/** Has a client prove who it is, by mutual TLS; the certificate is verified by OpenSSL, the identity by the code of every engine. */
class TakingIn implements Stage {
  readonly #client: Side;
  readonly #context: TlsContext;
  readonly #session: TlsSession;
  readonly #surroundings: Surroundings;
  readonly #done: (takenIn: TakenIn) => void;
  #deadline: Deadline | undefined;
  #handedOver = false;

  /** Throws NO_LEAF when there is nothing to present. @param done - called once. */
  constructor(
    inbound: Extract<Inbound, { readonly kind: "mtls" }>,
    { side, hello }: Client,
    surroundings: Surroundings,
    done: (takenIn: TakenIn) => void,
  ) {
    const { tls } = surroundings;
    this.#context = tls.contextFor(inbound);
    this.#session = new TlsSession(tls.openssl, this.#context, side.fd, hello);
    this.#client = side;
    this.#surroundings = surroundings;
    this.#done = done;
  }

  /** Answers the hello. */
  begin(): void {
    const { loop, limits } = this.#surroundings;
    this.#deadline = loop.after(limits.handshakeTimeoutMs, () =>
      this.#fail({ code: "CLIENT_TLS_FAILED", fault: "timeout", reason: "it took too long" }),
    );
    this.#client.sendAtOnce();
    this.ready();
  }

  ready(): void {
    const progress = this.#session.handshake();
    // What OpenSSL has to say is sent in any case: the reason for a failure, too.
    const flushed = this.#session.flush();
    if (progress === "failed") this.#fail(this.#explain());
    else if (flushed === "failed") this.#fail(BROKEN_OFF);
    else if (progress === "done") this.#identify();
    else if (flushed === "waiting") this.#client.awaitRoom();
  }

  leave(): void {
    lift(this.#deadline);
    if (!this.#handedOver) this.#session.close();
  }

  /** Who the client is; that its certificate was verified is asked once more, since everything else rests on it. */
  #identify(): void {
    const { identities } = this.#surroundings.tls;
    const roots = identities.roots();
    try {
      const der = this.#session.peerCertificate();
      if (der === undefined || this.#session.verifyResult !== X509_V_OK) {
        throw new ConnectionError({ code: "NO_CLIENT_CERTIFICATE" });
      }
      const { peers, rootsVersion } = this.#context;
      const known = this.#session.resumed
        ? peers.resumed(der)
        : peers.verified(der, () => this.#session.certificatesAbove());
      const { uri, service } = serviceOf(known.certificate, { ...roots, nowMs: this.#surroundings.now() });
      const peer: MeshPeer = { uri, chain: known.chain, trustedUnder: rootsVersion };
      // They may have changed since the handshake began.
      if (!trustedUnder(roots)(peer)) throw new ConnectionError({ code: "ISSUER_WITHDRAWN", peer: uri });
      this.#handedOver = true;
      this.#done({ kind: "taken-in", session: this.#session, source: service, peer });
    } catch (error) {
      if (this.#handedOver) throw error;
      this.#fail(ConnectionError.from(error).failure);
    }
  }

  #explain(): ConnectionFailure {
    const { verifyResult, fault } = this.#session;
    const verification = verifyResult === X509_V_OK ? undefined : verificationCode(verifyResult);
    // Before there is a certificate, what it would be verified for says nothing.
    const refused = fault.code === "ERR_SSL_CERTIFICATE_VERIFY_FAILED" ? verification : undefined;
    return explainClientHandshake({ message: fault.code, ...fault }, refused, this.#context.limits);
  }

  #fail(failure: ConnectionFailure): void {
    this.#done({ kind: "failed", failure });
  }
}
