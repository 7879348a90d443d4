import type { Bucket } from "@causeway/bus";
import { type BUCKETS, type CaConfiguration, type CaRoot, type CaRoots, withIndexes } from "@causeway/model";
import type { Clock, Logger } from "@causeway/runtime";
import type { CsrLimit } from "./csr-limit.ts";
import { CaError } from "./errors.ts";
import { activeRoot } from "./roots.ts";
import { keptSettings, type Settings } from "./settings.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";

/** All that the verbs work on. */
export type Authority = {
  readonly roots: Bucket<typeof BUCKETS.caRoots>;
  readonly keys: SigningKeys;
  readonly limit: CsrLimit;
  readonly clock: Clock;
  readonly datacenter: string;
  readonly log: Pick<Logger, "info" | "warn">;
};

/** What signs now: the roots at a revision, with real indexes, the active one among them and its key. */
export type Signer = {
  readonly roots: CaRoots;
  readonly revision: number;
  readonly root: CaRoot;
  readonly key: SigningKey;
};

/**
 * Reads what signs now. Asked anew each time, so that a rotation by another replica is known at once.
 *
 * @throws CaError NOT_SET_UP, NO_ACTIVE_ROOT or NO_SIGNING_KEY; PkiError UNSEAL_FAILED.
 */
export async function presentSigner({ roots: bucket, keys }: Pick<Authority, "roots" | "keys">): Promise<Signer> {
  for (let before = 0; ; ) {
    const stored = await bucket.get("roots");
    if (stored === undefined) throw new CaError({ code: "NOT_SET_UP" });
    const { revision } = stored;
    const roots = withIndexes(stored.value, revision);
    const root = activeRoot(roots);
    const key = await keys.of(root.ID);
    if (key !== undefined) return { roots, revision, root, key };
    // A root that was rotated out in between has no key any more, but then the roots have changed.
    if (revision === before) throw new CaError({ code: "NO_SIGNING_KEY", rootId: root.ID });
    before = revision;
  }
}

/** The configuration as it is stored, with real indexes. Throws a CaError `NOT_SET_UP`. */
export async function presentConfiguration({ roots }: Pick<Authority, "roots">): Promise<CaConfiguration> {
  const stored = await roots.get("configuration");
  if (stored === undefined) throw new CaError({ code: "NOT_SET_UP" });
  return withIndexes(stored.value, stored.revision);
}

/** The configuration decoded; it was legal when it was written. Throws a CaError `NOT_SET_UP`. */
export async function presentSettings(authority: Pick<Authority, "roots">): Promise<Settings> {
  return keptSettings((await presentConfiguration(authority)).Config);
}
