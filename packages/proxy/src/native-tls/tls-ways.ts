import type { Ways } from "../splice/carrying.ts";
import { Decrypting } from "./decrypting.ts";
import { Encrypting } from "./encrypting.ts";
import type { TlsCarrier } from "./tls-direction.ts";
import type { TlsSession } from "./tls-session.ts";

/** Both ways between a client that has been taken in by TLS and an endpoint in plain; both are sockets' descriptors. */
export function tlsWays(session: TlsSession, client: number, upstream: number, carrier: TlsCarrier): Ways {
  return {
    toUpstream: new Decrypting(session, upstream, carrier),
    toClient: new Encrypting(upstream, session, client, carrier),
  };
}
