import type { OpenSsl } from "./openssl.ts";
import { PROTOCOL_VERSIONS, SSL_SENT_SHUTDOWN } from "./openssl-numbers.ts";

/** A session that can be resumed once, for whoever has it to free, and for how long from now on. */
export type ResumableSession = { readonly session: bigint; readonly lifetimeMs: number };

/** Of TLS that is begun: the session that it is to resume, and those that can be resumed after it. Whoever has it closes it before its SSL. */
export class Resumption {
  readonly #openssl: OpenSsl;
  readonly #ssl: bigint;
  #gaveAway = false;

  constructor(openssl: OpenSsl, ssl: bigint) {
    this.#openssl = openssl;
    this.#ssl = ssl;
  }

  /** Offers a session to the far side, which is this one's to free; to be called before the handshake. */
  offer(session: bigint): void {
    const { calls } = this.#openssl;
    calls.SSL_set_session(this.#ssl, session);
    // OpenSSL holds it itself from here on.
    calls.SSL_SESSION_free(session);
  }

  /** Has `take` given each session of TLS 1.3 that the far side gives a ticket of from here on, as its bytes are read. */
  whenGiven(take: (resumable: ResumableSession) => void): void {
    const { calls } = this.#openssl;
    this.#openssl.takers.set(this.#ssl, (session) => {
      if (BigInt(calls.SSL_SESSION_get_protocol_version(session)) !== PROTOCOL_VERSIONS["TLSv1.3"]) return "left";
      this.#gaveAway = true;
      take({ session, lifetimeMs: Number(calls.SSL_SESSION_get_ticket_lifetime_hint(session)) * 1_000 });
      return "taken";
    });
  }

  /** Takes nothing more. */
  close(): void {
    this.#openssl.takers.delete(this.#ssl);
    // To end without close_notify would spoil the last session for whoever has it now.
    if (this.#gaveAway) this.#openssl.calls.SSL_set_shutdown(this.#ssl, SSL_SENT_SHUTDOWN);
  }
}
