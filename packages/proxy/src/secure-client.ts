import { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import { splitCertificates } from "@causeway/pki";
import { DialledSessions, type Standing } from "./dialled-sessions.ts";
import { chainOf } from "./mesh-peer.ts";

/** What Node's sockets begin TLS to far sides with, and the sessions that were begun with it, which end with it. */
export class SecureClient {
  readonly context: SecureContext;
  /** As Node serializes them; wiped when nobody is given them any more. */
  readonly sessions: DialledSessions<Buffer>;
  readonly #trustedPem: readonly string[];
  #anchors: readonly X509Certificate[] | undefined;

  /** @param trustedPem - the certificates of the CAs that `context` trusts, one or several in each. */
  constructor(context: SecureContext, trustedPem: readonly string[], now: () => number) {
    this.context = context;
    this.sessions = new DialledSessions(now, (session) => session.fill(0));
    this.#trustedPem = trustedPem;
  }

  /** What a far side has proved by its certificate, whose verification has just ended well. */
  standingOf(certificate: X509Certificate): Standing {
    const sent = chainOf(certificate);
    // Nobody sends roots, and Node does not tell which it was.
    this.#anchors ??= this.#trustedPem.flatMap(splitCertificates).map((pem) => new X509Certificate(pem));
    const roots = this.#anchors.filter((anchor) => sent.at(-1)?.checkIssued(anchor));
    return this.sessions.standing([...sent, ...roots]);
  }

  /** Lets go of all sessions. */
  close(): void {
    this.sessions.close();
  }
}
