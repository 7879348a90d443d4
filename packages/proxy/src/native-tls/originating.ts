import { X509Certificate } from "node:crypto";
import { type Resumable, type Standing, sessionPlace } from "../dialled-sessions.ts";
import { ConnectionError, type ConnectionFailure } from "../errors.ts";
import { proveFarSide } from "../far-side-proof.ts";
import type { SentHello } from "../hop.ts";
import type { MeshPeer } from "../mesh-peer.ts";
import { sniOf } from "../origination-terms.ts";
import type { Side } from "../splice/side.ts";
import { handshakeFault } from "../tls-faults.ts";
import { explainUpstreamError, isAlert, type TlsError } from "../tls-reasons.ts";
import type { NativeOrigination } from "./native-tls.ts";
import type { OpenSsl, TlsFault } from "./openssl.ts";
import { X509_V_OK } from "./openssl-numbers.ts";
import { TlsSession } from "./tls-session.ts";
import { verificationCode } from "./verification-codes.ts";

/** With whom TLS is begun, and how. */
export type Beginning = {
  /** A connected socket, which stays the caller's. */
  readonly socket: Side;
  /** `host:port`. */
  readonly address: string;
  readonly origination: NativeOrigination;
};

/**
 * Begins TLS with an endpoint, which has to prove what is asked of it before anything is sent: in this handshake or, where a session is resumed,
 * in the full one from which that comes. Whoever has it closes it.
 */
export class Originating {
  /** The mesh identity that the endpoint has proved, once `done` was called, where it was asked for one. */
  peer: MeshPeer | undefined;
  readonly session: TlsSession;
  readonly #beginning: Beginning;
  readonly #done: (failure: ConnectionFailure | undefined) => void;
  readonly #place: string;
  /** What is to be resumed; none but its standing is still here to be used. */
  readonly #offered: Resumable<bigint> | undefined;

  /** @param done - called once, with UPSTREAM_TLS_FAILED or WRONG_PEER_IDENTITY unless the endpoint has proved what it must. */
  constructor(openssl: OpenSsl, beginning: Beginning, done: (failure: ConnectionFailure | undefined) => void) {
    const { client, terms } = beginning.origination;
    this.#beginning = beginning;
    this.#done = done;
    this.session = new TlsSession(openssl, client.context, beginning.socket.fd);
    const serverName = sniOf(terms);
    if (serverName !== undefined) this.session.askFor(serverName);
    this.#place = sessionPlace(beginning.address, terms);
    this.#offered = client.sessions.take(this.#place);
    if (this.#offered !== undefined) this.session.resumption.offer(this.#offered.session);
  }

  /** Says hello. */
  begin(): void {
    this.#beginning.socket.sendAtOnce();
    this.ready();
  }

  /** Something can be done with the socket. */
  ready(): void {
    const progress = this.session.handshake();
    const { fault } = this.session;
    // What OpenSSL has to say is sent in any case: the reason for a failure, too.
    const flushed = this.session.flush();
    if (progress === "failed") this.#done(this.#failureBy(toError(fault)));
    else if (flushed === "failed") this.#done(this.#failureBy(toError(this.session.fault)));
    else if (progress === "done") this.#done(this.#verify());
    else if (flushed === "waiting") this.#beginning.socket.awaitRoom();
  }

  /** What it is called that the endpoint has not answered in time, for this reason. */
  timedOut(reason: string): ConnectionFailure {
    return this.#failed({ code: "UPSTREAM_TLS_FAILED", address: this.#beginning.address, fault: "timeout", reason });
  }

  /** The hello that was sent, by a proxy that is at this place of its way. */
  hello(place: SentHello["place"]): SentHello {
    return { role: "sent", random: this.session.clientRandom(), place };
  }

  /** What it is called that the endpoint broke the connection off. With TLS 1.3 a refused client certificate comes to light only now. */
  explain(failure: ConnectionFailure): ConnectionFailure {
    // What it said last may not have been read yet, since sending fails first.
    while (!isAlert(toError(this.session.fault)) && this.session.read(0) > 0);
    const error = toError(this.session.fault);
    return isAlert(error) ? this.#failureBy(error) : failure;
  }

  /** Lets go of the session. */
  close(): void {
    this.session.close();
  }

  #failureBy(error: TlsError): ConnectionFailure {
    const { address, origination } = this.#beginning;
    const reason = explainUpstreamError(error, origination.terms);
    return this.#failed({ code: "UPSTREAM_TLS_FAILED", address, fault: handshakeFault(error), reason });
  }

  /** The next handshake with the endpoint is a full one, whatever this one has failed for. */
  #failed(failure: ConnectionFailure): ConnectionFailure {
    this.#beginning.origination.client.sessions.forget(this.#place);
    return failure;
  }

  /** Why the endpoint has not proved what it must; `undefined` when it has. Nothing else looks at its certificate. */
  #verify(): ConnectionFailure | undefined {
    const { address, origination } = this.#beginning;
    const { client, terms } = origination;
    const { verifyResult } = this.session;
    const objection = verifyResult === X509_V_OK ? undefined : verificationCode(verifyResult);
    const standing = objection === undefined ? this.#standing() : undefined;
    const certificate = objection === undefined ? standing?.chain[0] : this.#shown();
    const chain = () => this.session.sentCertificates().map((sent) => new X509Certificate(sent));
    try {
      const { uri } = proveFarSide({ certificate, objection, chain }, terms, address);
      if (standing === undefined) return undefined;
      if (uri !== undefined) {
        this.peer = { uri, chain: () => standing.chain, trustedUnder: client.context.rootsVersion };
      }
      const { sessions } = client;
      this.session.resumption.whenGiven(({ session, lifetimeMs }) =>
        sessions.keep(this.#place, { session, standing }, sessions.now() + lifetimeMs),
      );
      return undefined;
    } catch (error) {
      return this.#failed(ConnectionError.from(error).failure);
    }
  }

  /** What the endpoint has proved: now or, if it has resumed the session, in the handshake from which that comes. */
  #standing(): Standing | undefined {
    if (this.session.resumed) return this.#offered?.standing;
    const der = this.session.peerCertificate();
    if (der === undefined) return undefined;
    const { context, sessions } = this.#beginning.origination.client;
    // What has not been verified is not remembered.
    return sessions.standing(context.peers.verified(der, () => this.session.certificatesAbove()).chain());
  }

  /** The certificate that was found at fault. */
  #shown(): X509Certificate | undefined {
    const der = this.session.peerCertificate();
    return der === undefined ? undefined : new X509Certificate(der);
  }
}

/** A fault of the session, as the code of every engine takes it. */
function toError(fault: TlsFault): TlsError {
  return { message: fault.code, ...fault };
}
