import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { type Bucket, BusError } from "@causeway/bus";
import type { BUCKETS, CaConfiguration } from "@causeway/model";
import { createRoot, DEFAULT_KEY_TYPE, generateKeyPair, loadOrCreateSealKey, PkiError } from "@causeway/pki";
import type { Clock, Logger } from "@causeway/runtime";
import { presentSigner, type Signer } from "./authority.ts";
import { CaError } from "./errors.ts";
import { rootRecord } from "./roots.ts";
import { rootSerial } from "./serial.ts";
import { FIRST_CONFIG, keptSettings } from "./settings.ts";
import { SigningKeys } from "./signing-keys.ts";

/** What a CA is set up from. */
export type Foundation = {
  readonly roots: Bucket<typeof BUCKETS.caRoots>;
  readonly keyBucket: Bucket<typeof BUCKETS.caKeys>;
  readonly sealKeyPath: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info">;
};

const FIRST_CONFIGURATION: CaConfiguration = {
  Provider: "consul",
  Config: FIRST_CONFIG,
  State: null,
  ForceWithoutCrossSigning: false,
  CreateIndex: 0,
  ModifyIndex: 0,
};

/**
 * Opens the signing keys, after making the first root where there is none; of several replicas that start at once, one makes it and the
 * others adopt it.
 *
 * Where there is a root already, nothing is changed, and a seal key that is missing or another one is an error.
 *
 * @throws CaError NO_SEAL_KEY, WRONG_SEAL_KEY or NO_SIGNING_KEY; PkiError SEAL_KEY_EXPOSED or BAD_SEAL_KEY.
 */
export async function setUp(foundation: Foundation): Promise<SigningKeys> {
  const { roots, keyBucket, sealKeyPath } = foundation;
  const exists = (await roots.get("roots")) !== undefined;
  if (exists && !(await isThere(sealKeyPath))) throw new CaError({ code: "NO_SEAL_KEY", path: sealKeyPath });
  const keys = new SigningKeys(keyBucket, await loadOrCreateSealKey(sealKeyPath));
  if (!exists) await makeFirstRoot(foundation, keys);
  await openSigner(foundation, keys);
  await roots.change("configuration", [], (stored) => stored?.value ?? FIRST_CONFIGURATION);
  return keys;
}

/** The key is kept before the root is published, so that there is never a root that nobody can sign with. */
async function makeFirstRoot({ roots, clock, log }: Foundation, keys: SigningKeys): Promise<void> {
  const TrustDomain = `${randomUUID()}.consul`;
  const key = await generateKeyPair(DEFAULT_KEY_TYPE);
  const { rootCertTtlMs: ttlMs } = keptSettings(FIRST_CONFIG);
  const certificate = createRoot({ trustDomain: TrustDomain, key, serial: rootSerial(), ttlMs, nowMs: clock.now() });
  const root = rootRecord(certificate, TrustDomain);
  await keys.keep(root.ID, { pem: key.privateKeyPem, origin: "made" });
  try {
    await roots.create("roots", [], { ActiveRootID: root.ID, TrustDomain, Roots: [root] });
    log.info({ rootId: root.ID, trustDomain: TrustDomain }, "root made");
  } catch (error) {
    if (!(error instanceof BusError && error.failure.code === "CONFLICT")) throw error;
    await keys.forget(root.ID);
  }
}

async function openSigner({ roots, sealKeyPath }: Foundation, keys: SigningKeys): Promise<Signer> {
  try {
    return await presentSigner({ roots, keys });
  } catch (error) {
    if (!(error instanceof PkiError && error.failure.code === "UNSEAL_FAILED")) throw error;
    const { reason } = error.failure;
    const rootId = (await roots.get("roots"))?.value.ActiveRootID ?? "";
    throw new CaError({ code: "WRONG_SEAL_KEY", path: sealKeyPath, rootId, reason }, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
