import type { X509Certificate } from "node:crypto";
import { carriesName, onlyUri } from "./certificate-names.ts";
import { ConnectionError } from "./errors.ts";
import type { Terms } from "./origination-terms.ts";
import { certificateFault } from "./tls-faults.ts";
import { explainChain, explainName } from "./tls-reasons.ts";

/** What a far side has shown of itself in a handshake. */
export type Shown = {
  /** Its own certificate; `undefined` when it has shown none. */
  readonly certificate: X509Certificate | undefined;
  /** What verification by OpenSSL found wrong, by Node's name for it; `undefined` when nothing is. */
  readonly objection: string | undefined;
  /** All certificates that it has sent, its own first. */
  readonly chain: () => readonly X509Certificate[];
};

/** What a far side has proved. */
export type Proved = {
  /** Its own certificate. */
  readonly proved: X509Certificate;
  /** The mesh identity in it; `undefined` where none was asked for. */
  readonly uri: string | undefined;
};

/**
 * What a far side has proved. Throws UPSTREAM_TLS_FAILED or WRONG_PEER_IDENTITY unless its certificate leads to a trusted CA and proves what
 * is asked of it.
 */
export function proveFarSide(shown: Shown, { proof, caName }: Terms, address: string): Proved {
  const { certificate, objection } = shown;
  if (certificate === undefined) {
    throw new ConnectionError({
      code: "UPSTREAM_TLS_FAILED",
      address,
      fault: "no-certificate",
      reason: "the far side presented no certificate",
    });
  }
  if (objection !== undefined) {
    const reason = explainChain(objection, certificate, shown.chain(), caName);
    throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault: certificateFault(objection), reason });
  }
  if (proof.kind === "name") verifyName(certificate, proof.name, address);
  const uri = proof.kind === "uri" ? verifyUri(certificate, proof.uris, address) : undefined;
  return { proved: certificate, uri };
}

function verifyName(certificate: X509Certificate, name: string, address: string): void {
  if (carriesName(certificate, name)) return;
  const reason = explainName(certificate, name);
  throw new ConnectionError({ code: "UPSTREAM_TLS_FAILED", address, fault: "wrong-name", reason });
}

function verifyUri(certificate: X509Certificate, expected: readonly string[], address: string): string {
  const found = onlyUri(certificate);
  if (found !== undefined && expected.includes(found)) return found;
  throw new ConnectionError({ code: "WRONG_PEER_IDENTITY", address, found, expected });
}
