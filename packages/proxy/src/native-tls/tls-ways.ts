import type { Ways } from "../splice/carrying.ts";
import type { Moving } from "../splice/direction.ts";
import { Decrypting } from "./decrypting.ts";
import { Encrypting } from "./encrypting.ts";
import { Recrypting } from "./recrypting.ts";
import type { TlsCarrier, TlsEnd } from "./tls-direction.ts";
import type { TlsSession } from "./tls-session.ts";

/** A socket's descriptor, and its session where TLS is spoken on it. */
export type End = { readonly fd: number; readonly session: TlsSession | undefined };

/** The ends of a connection, and what a client that speaks no TLS had sent before. */
export type Ends = { readonly client: End; readonly upstream: End; readonly first: Uint8Array | undefined };

/** Both ways between a client and an endpoint, with TLS on one side or on both. */
export function tlsWays({ client, upstream, first }: Ends, carrier: TlsCarrier): Ways {
  return {
    toUpstream: way(client, upstream, carrier, first),
    toClient: way(upstream, client, carrier),
  };
}

function way(source: End, sink: End, carrier: TlsCarrier, first?: Uint8Array): Moving {
  if (speaksTls(source)) {
    return speaksTls(sink)
      ? new Recrypting(source.session, sink, carrier)
      : new Decrypting(source.session, sink.fd, carrier);
  }
  if (speaksTls(sink)) return new Encrypting(source.fd, sink, carrier, first);
  throw new Error("neither end speaks TLS");
}

function speaksTls(end: End): end is TlsEnd {
  return end.session !== undefined;
}
