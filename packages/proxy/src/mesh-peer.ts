import { X509Certificate } from "node:crypto";
import { DEFAULT_NAMESPACE } from "@causeway/model";
import { type PeerCertificate, peerIdentity } from "@causeway/pki/peer";
import { ConnectionError } from "./errors.ts";
import type { Roots } from "./identities.ts";

/** A far side that has proved a mesh identity, and under which version of the roots. */
export type MeshPeer = {
  readonly uri: string;
  /** Its certificate and those above it, up to the root under which it was verified. */
  readonly chain: () => readonly X509Certificate[];
  trustedUnder: Roots["version"];
};

/** A service of the mesh, and the SPIFFE ID by which it is one. */
export type MeshService = { readonly uri: string; readonly service: string };

/**
 * The service of the mesh that a verified certificate is for; throws NOT_A_SERVICE_IDENTITY or WRONG_TRUST_DOMAIN when it is for none, and
 * CLIENT_TLS_FAILED when it has expired, which nobody else looks at when a session is resumed.
 */
export function serviceOf(
  certificate: PeerCertificate | undefined,
  { trustDomain, nowMs }: { readonly trustDomain: string; readonly nowMs: number },
): MeshService {
  const peer = peerIdentity(certificate ?? { uris: undefined });
  if (peer.kind === "unknown") throw new ConnectionError({ code: "NOT_A_SERVICE_IDENTITY", reason: peer.reason });
  const { uri, identity } = peer;
  if (identity.trustDomain !== trustDomain.toLowerCase()) {
    throw new ConnectionError({ code: "WRONG_TRUST_DOMAIN", identity: uri, expected: trustDomain });
  }
  // Intentions name services of the only namespace there is; one of another must not pass for its namesake.
  if (identity.namespace !== DEFAULT_NAMESPACE) {
    throw new ConnectionError({
      code: "NOT_A_SERVICE_IDENTITY",
      reason: `${uri} is not of the namespace ${DEFAULT_NAMESPACE}`,
    });
  }
  if (certificate === undefined || certificate.notAfterMs <= nowMs) {
    throw new ConnectionError({
      code: "CLIENT_TLS_FAILED",
      fault: "certificate-expired",
      reason: "the client's certificate has expired",
    });
  }
  return { uri, service: identity.service };
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
    const trusted = leadsTo(anchors, peer.chain());
    if (trusted) peer.trustedUnder = roots.version;
    return trusted;
  };
}

function leadsTo(anchors: readonly X509Certificate[], chain: readonly X509Certificate[]): boolean {
  return chain.some((certificate) =>
    anchors.some((anchor) => certificate.fingerprint256 === anchor.fingerprint256 || issuedBy(certificate, anchor)),
  );
}

/** A certificate, if there is one, and those above it, as Node has them of a handshake. */
export function chainOf(presented: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = presented; next !== undefined; next = next.issuerCertificate) chain.push(next);
  return chain;
}

function issuedBy(certificate: X509Certificate, anchor: X509Certificate): boolean {
  return certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey);
}
