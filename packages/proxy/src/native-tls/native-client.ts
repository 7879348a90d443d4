import { DialledSessions } from "../dialled-sessions.ts";
import type { OpenSsl } from "./openssl.ts";
import { TlsContext, type TlsMaterial } from "./tls-context.ts";

/** What a client's context is made of. */
export type ClientMaterial = Omit<Extract<TlsMaterial, { readonly role: "client" }>, "role">;

/** What TLS to far sides is begun with, and the sessions that were begun with it, which end with it. Whoever makes it closes it. */
export class NativeClient {
  readonly context: TlsContext;
  /** Of OpenSSL, each of which is for whoever takes it to free. */
  readonly sessions: DialledSessions<bigint>;

  /** Throws an error that says what OpenSSL does not accept. */
  constructor(openssl: OpenSsl, material: ClientMaterial, now: () => number) {
    this.context = new TlsContext(openssl, { ...material, role: "client" });
    this.sessions = new DialledSessions(now, (session) => openssl.calls.SSL_SESSION_free(session));
  }

  /** Lets go of its keys, and of all sessions. */
  close(): void {
    this.sessions.close();
    this.context.close();
  }
}
