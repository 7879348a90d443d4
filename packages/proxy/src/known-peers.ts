import { hash, X509Certificate } from "node:crypto";
import { type PeerCertificate, readPeerCertificate } from "@causeway/pki/peer";

/** A far side whose certificate has been verified. */
export type KnownPeer = {
  /** `undefined` when the certificate cannot be read, whoever has verified it. */
  readonly certificate: PeerCertificate | undefined;
  /** The certificate and those above it, up to the root under which it was verified. */
  readonly chain: () => readonly X509Certificate[];
};

/** Certificates that are remembered; whoever is beyond them is as well off, but for what its resumed session does not tell of itself. */
const REMEMBERED = 1_000;

/**
 * The far sides that have proved who they are under the same roots, by the SHA-256 of their certificates, so that a certificate is read
 * once. A session that is resumed tells of the certificate only; those above it are remembered from the handshake that began it.
 */
export class KnownPeers {
  readonly #peers = new Map<string, KnownPeer>();

  /** The far side of a full handshake. @param above - gives the certificates above its own; called for one that is not known yet. */
  verified(der: Uint8Array, above: () => readonly Uint8Array[]): KnownPeer {
    const key = keyOf(der);
    const known = this.#peers.get(key);
    if (known !== undefined) return known;
    const peer = remember([Uint8Array.from(der), ...above()]);
    this.#peers.set(key, peer);
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= REMEMBERED) break;
      this.#peers.delete(oldest);
    }
    return peer;
  }

  /** The far side of a resumed session. One that has been forgotten has nothing above its certificate but the root that signed it. */
  resumed(der: Uint8Array): KnownPeer {
    return this.#peers.get(keyOf(der)) ?? remember([Uint8Array.from(der)]);
  }
}

function remember(ders: readonly Uint8Array[]): KnownPeer {
  const [own] = ders;
  const certificate = own === undefined ? undefined : readPeerCertificate(own);
  let chain: readonly X509Certificate[] | undefined;
  return {
    certificate,
    chain: () => {
      chain ??= ders.map((der) => new X509Certificate(der));
      return chain;
    },
  };
}

function keyOf(der: Uint8Array): string {
  return hash("sha256", der, "base64");
}
