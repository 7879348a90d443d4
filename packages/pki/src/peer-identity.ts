import { parseServiceSpiffeId, type ServiceIdentity } from "@causeway/model";
import type { PeerCertificate } from "./peer-certificate.ts";

/** Who is at the other end of a connection, or why that cannot be said. The certificate itself has been verified before. */
export type PeerIdentity =
  | { readonly kind: "service"; readonly identity: ServiceIdentity; readonly uri: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** The only characters of a URI (RFC 3986); a byte beyond them would be read differently by different readers. */
const URI_CHARACTERS = /^[\x21-\x7e]*$/;

/**
 * The service that a peer's certificate names by its one URI.
 *
 * A certificate with several URIs names nobody: which one counts would be a matter of who reads it.
 *
 * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md section 2
 */
export function peerIdentity({ uris }: Pick<PeerCertificate, "uris">): PeerIdentity {
  if (uris === undefined) return unknown("its subjectAltName cannot be read");
  const [first] = uris;
  if (first === undefined) return unknown("it has no URI");
  if (uris.length > 1) return unknown(`it has ${uris.length} URIs, and must have one`);
  const identity = URI_CHARACTERS.test(first) ? parseServiceSpiffeId(first) : undefined;
  if (identity === undefined) return unknown(`its URI is not a service's: ${first}`);
  return { kind: "service", identity, uri: first };
}

function unknown(reason: string): PeerIdentity {
  return { kind: "unknown", reason };
}
