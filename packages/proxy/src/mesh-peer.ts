import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { DEFAULT_NAMESPACE, parseServiceSpiffeId, type ServiceIdentity } from "@causeway/model";
import { firstUri, parseAlternativeNames } from "./alternative-names.ts";
import { ConnectionError } from "./errors.ts";
import type { Roots } from "./identities.ts";

/** A far side that has proved a mesh identity, and under which version of the roots. */
export type MeshPeer = { readonly secure: TLSSocket; readonly uri: string; trustedUnder: Roots["version"] };

/** The first URI of the far side's certificate, which has been verified. */
export function peerUri(secure: TLSSocket): string | undefined {
  return firstUri(parseAlternativeNames(secure.getPeerX509Certificate()?.subjectAltName));
}

/** Reads which service of the mesh `uri` names; throws NOT_A_SERVICE_IDENTITY or WRONG_TRUST_DOMAIN when it names none. */
export function serviceOf(uri: string | undefined, trustDomain: string): ServiceIdentity {
  const identity = uri === undefined ? undefined : parseServiceSpiffeId(uri);
  if (uri === undefined || identity === undefined)
    throw new ConnectionError({ code: "NOT_A_SERVICE_IDENTITY", found: uri });
  if (identity.trustDomain !== trustDomain.toLowerCase()) {
    throw new ConnectionError({ code: "WRONG_TRUST_DOMAIN", identity: uri, expected: trustDomain });
  }
  // Intentions name services of the only namespace there is; one of another must not pass for its namesake.
  if (identity.namespace !== DEFAULT_NAMESPACE)
    throw new ConnectionError({ code: "NOT_A_SERVICE_IDENTITY", found: uri });
  return identity;
}

/**
 * Tells of each peer whether its certificate still leads to one of the roots. It costs nothing while the roots are those that the peer was
 * verified under.
 */
export function trustedUnder(roots: Roots): (peer: MeshPeer) => boolean {
  let anchors: readonly X509Certificate[] | undefined;
  return (peer) => {
    if (peer.trustedUnder === roots.version) return true;
    anchors ??= roots.certificatesPem.map((pem) => new X509Certificate(pem));
    const trusted = leadsTo(anchors, chainOf(peer.secure));
    if (trusted) peer.trustedUnder = roots.version;
    return trusted;
  };
}

function leadsTo(anchors: readonly X509Certificate[], chain: readonly X509Certificate[]): boolean {
  return chain.some((certificate) =>
    anchors.some((anchor) => certificate.fingerprint256 === anchor.fingerprint256 || issuedBy(certificate, anchor)),
  );
}

/** The peer's certificate and those above it, up to the root under which it was verified. */
function chainOf(secure: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = secure.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) chain.push(next);
  return chain;
}

function issuedBy(certificate: X509Certificate, anchor: X509Certificate): boolean {
  return certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey);
}
