import type { CaRoot } from "@causeway/model";
import { certificateFacts, certificateId, keyId, readPrivateKey } from "@causeway/pki";
import { CaError } from "./errors.ts";
import { timestamp } from "./roots.ts";
import type { Settings } from "./settings.ts";
import type { Origin } from "./signing-keys.ts";

/** The root that signs now, and where it comes from. */
export type Present = { readonly root: CaRoot; readonly origin: Origin };

/**
 * Decides whether a configuration calls for a new root: for another key or certificate that it brings, for another kind of key, or for a
 * root of the CA's own in place of one that was brought. Anything else, TTLs say, is but another configuration. What is brought has
 * been checked (`checkBrought`).
 */
export function needsNewRoot({ privateKey, rootCert, keyType }: Settings, { root, origin }: Present): boolean {
  if (rootCert !== "") return certificateId(rootCert) !== root.ID;
  if (privateKey !== "") {
    return origin === "certificate brought" || keyId(readPrivateKey(privateKey).publicKey) !== root.SigningKeyID;
  }
  return origin !== "made" || keyType.type !== root.PrivateKeyType || keyType.bits !== root.PrivateKeyBits;
}

/**
 * Checks that a key and a certificate that an operator brings can be a root, and belong together.
 *
 * @throws PkiError when one of them cannot be read, CaError UNUSABLE_ROOT_CERT.
 */
export function checkBrought({ privateKey, rootCert }: Settings, nowMs: number): void {
  if (privateKey === "") return;
  const { publicKey } = readPrivateKey(privateKey);
  if (rootCert === "") return;
  const { subject, isCa, notAfterMs, publicKey: certified } = certificateFacts(rootCert);
  const unusable = (reason: string) => new CaError({ code: "UNUSABLE_ROOT_CERT", subject, reason });
  if (!certified.equals(publicKey)) throw unusable("the private key does not belong to it");
  if (!isCa) throw unusable("it may not sign others, being no CA's");
  if (notAfterMs <= nowMs) throw unusable(`it expired at ${timestamp(notAfterMs)}`);
}

/** Whether a root is near its end, or past it: it then cannot vouch for another one any more. */
export type Age = "young" | "ending" | "expired";

/**
 * How near its end a root is. It is ending while new leaves would have to end before their time, or soon will: then those who know only
 * the old root still have time to hear of a new one.
 */
export function ageOf({ NotAfter }: CaRoot, leafTtlMs: number, nowMs: number): Age {
  const leftMs = Date.parse(NotAfter) - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs < 2 * leafTtlMs ? "ending" : "young";
}
