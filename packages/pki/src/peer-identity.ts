import type { X509Certificate } from "node:crypto";
import { parseServiceSpiffeId, type ServiceIdentity } from "@causeway/model";
import { readSubjectAltName } from "./subject-alt-name.ts";

/** Who is at the other end of a connection, or why that cannot be said. The certificate itself has been verified before. */
export type PeerIdentity =
  | { readonly kind: "service"; readonly identity: ServiceIdentity; readonly uri: string }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * The service that a peer's certificate names by its one URI.
 *
 * A certificate with several URIs names nobody: which one counts would be a matter of who reads it.
 *
 * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md section 2
 */
export function peerIdentity({ subjectAltName }: Pick<X509Certificate, "subjectAltName">): PeerIdentity {
  const names = readSubjectAltName(subjectAltName ?? "");
  if (names === undefined) return unknown("its subjectAltName cannot be read");
  const uris = names.filter(({ type }) => type === "URI");
  const [first] = uris;
  if (first === undefined) return unknown("it has no URI");
  if (uris.length > 1) return unknown(`it has ${uris.length} URIs, and must have one`);
  const identity = parseServiceSpiffeId(first.value);
  if (identity === undefined) return unknown(`its URI is not a service's: ${first.value}`);
  return { kind: "service", identity, uri: first.value };
}

function unknown(reason: string): PeerIdentity {
  return { kind: "unknown", reason };
}
