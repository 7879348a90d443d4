import type { CaRoot, CaRoots } from "@causeway/model";
import { certificateFacts, keyTypeOf } from "@causeway/pki";
import { CaError } from "./errors.ts";

/** The time as records have it, to the second where it is a whole one. @see RFC 3339 */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** What the mesh is told of a root certificate. */
export function rootRecord(certificate: string, trustDomain: string): CaRoot {
  const facts = certificateFacts(certificate);
  const { type, bits } = keyTypeOf(facts.publicKey);
  return {
    ID: facts.id,
    Name: "Consul CA Root Cert",
    // A certificate that an operator brings may have a longer serial number than a number can hold.
    SerialNumber: Number(BigInt.asUintN(48, facts.serialNumber)),
    SigningKeyID: facts.subjectKeyId,
    ExternalTrustDomain: trustDomain.replace(/\.consul$/, ""),
    NotBefore: timestamp(facts.notBeforeMs),
    NotAfter: timestamp(facts.notAfterMs),
    RootCert: certificate.endsWith("\n") ? certificate : `${certificate}\n`,
    IntermediateCerts: null,
    Active: true,
    PrivateKeyType: type,
    PrivateKeyBits: bits,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** The root that signs. Throws a CaError `NO_ACTIVE_ROOT` when there is none, which nothing that writes roots allows. */
export function activeRoot({ ActiveRootID, Roots }: CaRoots): CaRoot {
  const active = Roots.find(({ ID }) => ID === ActiveRootID);
  if (active === undefined) throw new CaError({ code: "NO_ACTIVE_ROOT", rootId: ActiveRootID });
  return active;
}

/** The roots after a rotation: the new one signs, the one before it is still trusted. Indexes must be real (`withIndexes`). */
export function rotated(roots: CaRoots, next: CaRoot, nowMs: number): CaRoots {
  const before = roots.Roots.map((root) =>
    root.Active ? { ...root, Active: false, RotatedOutAt: timestamp(nowMs), ModifyIndex: 0 } : root,
  );
  return { ...roots, ActiveRootID: next.ID, Roots: [...before, next] };
}

/**
 * The roots without what nobody needs any more: roots that were rotated out so long ago that every leaf of theirs has been renewed
 * twice, and cross-signed certificates that have expired. The same object when there is nothing of that.
 */
export function tidied(roots: CaRoots, leafTtlMs: number, nowMs: number): CaRoots {
  const kept = roots.Roots.filter(
    ({ Active, RotatedOutAt }) => Active || nowMs <= Date.parse(RotatedOutAt ?? "") + 2 * leafTtlMs,
  );
  const next = kept.map((root) => withoutExpired(root, nowMs));
  const same = next.length === roots.Roots.length && next.every((root, at) => root === roots.Roots[at]);
  return same ? roots : { ...roots, Roots: next };
}

function withoutExpired(root: CaRoot, nowMs: number): CaRoot {
  const before = root.IntermediateCerts ?? [];
  const valid = before.filter((certificate) => certificateFacts(certificate).notAfterMs > nowMs);
  if (valid.length === before.length) return root;
  return { ...root, IntermediateCerts: valid.length === 0 ? null : valid, ModifyIndex: 0 };
}
