import type { CaRoot } from "@causeway/model";
import { createRoot, crossSign, generateKeyPair, type KeyPair, readPrivateKey } from "@causeway/pki";
import type { Authority, Signer } from "./authority.ts";
import { rootRecord, rotated } from "./roots.ts";
import { rootSerial } from "./serial.ts";
import type { Settings } from "./settings.ts";
import type { Origin } from "./signing-keys.ts";

/** A root that is not published yet, and its key. */
type NewRoot = { readonly certificate: string; readonly pem: string; readonly origin: Origin };

/** What a rotation is told. */
export type Rotation = {
  readonly signer: Signer;
  readonly settings: Settings;
  /** Without it, whoever knows only the old root refuses leaves of the new one until he has heard of that. */
  readonly crossSigned: boolean;
};

/**
 * Puts a new root in the place of the one that signs now, which stays trusted; gives the revision of the roots.
 *
 * The roots change in one write. The new key is kept before it, and the old one forgotten after it.
 *
 * @throws BusError CONFLICT when someone else has changed the roots; then nothing has changed. PkiError when the old root is past
 * vouching for another.
 */
export async function rotate({ roots, keys, clock, log }: Authority, rotation: Rotation): Promise<number> {
  const { signer, settings, crossSigned } = rotation;
  const nowMs = clock.now();
  const { certificate, pem, origin } = await newRoot(settings, signer.roots.TrustDomain, nowMs);
  const record = rootRecord(certificate, signer.roots.TrustDomain);
  const next = crossSigned ? vouchedFor(record, signer, nowMs) : record;
  await keys.keep(next.ID, { pem, origin });
  let revision: number;
  try {
    revision = await roots.update("roots", [], rotated(signer.roots, next, nowMs), signer.revision);
  } catch (error) {
    await keys.forget(next.ID);
    throw error;
  }
  log.info({ rootId: next.ID, before: signer.root.ID, origin, crossSigned }, "root rotated");
  await keys.forget(signer.root.ID).catch((error: unknown) => log.warn({ error }, "old signing key not forgotten"));
  return revision;
}

/** Makes the root that the settings call for, or gives the one that they bring. It is neither kept nor published yet. */
export async function newRoot(settings: Settings, trustDomain: string, nowMs: number): Promise<NewRoot> {
  const { privateKey, rootCert, keyType, rootCertTtlMs: ttlMs } = settings;
  const signed = (key: KeyPair) => createRoot({ trustDomain, key, serial: rootSerial(), ttlMs, nowMs });
  if (privateKey === "") {
    const key = await generateKeyPair(keyType);
    return { certificate: signed(key), pem: key.privateKeyPem, origin: "made" };
  }
  if (rootCert === "") {
    return { certificate: signed(readPrivateKey(privateKey)), pem: privateKey, origin: "key brought" };
  }
  return { certificate: rootCert, pem: privateKey, origin: "certificate brought" };
}

/** The new root with its certificate cross-signed by the old one, which goes out with each leaf. */
function vouchedFor(root: CaRoot, { root: old, key }: Signer, nowMs: number): CaRoot {
  const signed = { newRoot: root.RootCert, byRoot: old.RootCert, byKey: key.privateKey };
  return { ...root, IntermediateCerts: [crossSign({ ...signed, serial: rootSerial(), nowMs })] };
}
