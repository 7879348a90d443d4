import { type Bucket, BusError } from "@causeway/bus";
import type { BUCKETS } from "@causeway/model";
import { PkiError, SealKeyRing } from "@causeway/pki";
import type { Clock, Logger } from "@causeway/runtime";
import { presentSigner, type Signer } from "./authority.ts";
import { CaError } from "./errors.ts";
import { type FirstConfiguration, firstConfiguration } from "./first-configuration.ts";
import { Intermediates } from "./intermediates.ts";
import { rootRecord } from "./roots.ts";
import { newRoot } from "./rotate.ts";
import { SigningKeys } from "./signing-keys.ts";

/** What a CA is set up from. */
export type Foundation = {
  readonly roots: Bucket<typeof BUCKETS.caRoots>;
  readonly keyBucket: Bucket<typeof BUCKETS.caKeys>;
  readonly sealKeyPath: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info">;
  /** What the operator wants a new CA to begin with, see `firstConfiguration`; looked at only where there is no root. */
  readonly caConfig?: Readonly<Record<string, unknown>>;
};

/**
 * Opens the signing keys, after making the first root where there is none; of several replicas that start at once, one makes it and the
 * others adopt it.
 *
 * Where there is a root already, nothing is changed, and a seal key that is missing or another one is an error.
 *
 * @throws CaError NO_SEAL_KEY, WRONG_SEAL_KEY or NO_SIGNING_KEY; PkiError SEAL_KEY_EXPOSED or BAD_SEAL_KEY; as `firstConfiguration` does.
 */
export async function setUp(foundation: Foundation): Promise<SigningKeys> {
  const { roots, keyBucket, sealKeyPath, clock, caConfig = {} } = foundation;
  const exists = (await roots.get("roots")) !== undefined;
  const keys = new SigningKeys(keyBucket, await openSealKeys(sealKeyPath, { exists }));
  const first = exists ? undefined : firstConfiguration(caConfig, clock.now());
  if (first !== undefined) await makeFirstRoot(foundation, keys, first);
  await openSigner(foundation, keys);
  const configuration = (first ?? firstConfiguration({}, clock.now())).stored;
  await roots.change("configuration", [], (stored) => stored?.value ?? configuration);
  return keys;
}

/** The key is kept before the root is published, so that there is never a root that nobody can sign with. */
async function makeFirstRoot(
  { roots, clock, log }: Foundation,
  keys: SigningKeys,
  { trustDomain: TrustDomain, settings }: FirstConfiguration,
): Promise<void> {
  const { certificate, pem, origin } = await newRoot(settings, TrustDomain, clock.now());
  const root = rootRecord(certificate, TrustDomain);
  await keys.keep(root.ID, { pem, origin });
  try {
    await roots.create("roots", [], { ActiveRootID: root.ID, TrustDomain, Roots: [root] });
    log.info({ rootId: root.ID, trustDomain: TrustDomain, origin }, "first root");
  } catch (error) {
    if (!(error instanceof BusError && error.failure.code === "CONFLICT")) throw error;
    await keys.forget(root.ID);
  }
}

async function openSigner({ roots, sealKeyPath }: Foundation, keys: SigningKeys): Promise<Signer> {
  try {
    return await presentSigner({ roots, keys });
  } catch (error) {
    const rootId = (await roots.get("roots"))?.value.ActiveRootID ?? "";
    throw withSealKey(error, sealKeyPath, `the root ${rootId}`);
  }
}

/**
 * Opens what the CA of a datacenter that is not the primary one signs with; there may be nothing yet. It has a seal key of its own.
 *
 * @throws CaError NO_SEAL_KEY or WRONG_SEAL_KEY; PkiError SEAL_KEY_EXPOSED or BAD_SEAL_KEY.
 */
export async function openIntermediates(
  { keyBucket, sealKeyPath }: Pick<Foundation, "keyBucket" | "sealKeyPath">,
  datacenter: string,
): Promise<Intermediates> {
  const exists = (await keyBucket.get("intermediate")) !== undefined;
  const intermediates = new Intermediates(keyBucket, await openSealKeys(sealKeyPath, { exists }), datacenter);
  try {
    await intermediates.present();
    return intermediates;
  } catch (error) {
    throw withSealKey(error, sealKeyPath, `the datacenter ${datacenter}`);
  }
}

/** The seal keys; a first one is made only where nothing has been sealed yet. */
async function openSealKeys(path: string, { exists }: { readonly exists: boolean }): Promise<SealKeyRing> {
  const keys = exists ? await SealKeyRing.load(path) : await SealKeyRing.loadOrCreate(path);
  if (keys === undefined) throw new CaError({ code: "NO_SEAL_KEY", path });
  return keys;
}

/** Where a key could not be opened, an error that names the file that does not fit it. */
function withSealKey(error: unknown, path: string, what: string): unknown {
  if (!(error instanceof PkiError && error.failure.code === "UNSEAL_FAILED")) return error;
  return new CaError({ code: "WRONG_SEAL_KEY", path, what, reason: error.failure.reason }, { cause: error });
}
