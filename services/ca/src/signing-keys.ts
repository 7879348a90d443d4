import type { KeyObject } from "node:crypto";
import type { Bucket } from "@causeway/bus";
import type { BUCKETS } from "@causeway/model";
import { readPrivateKey, type SealKeyRing } from "@causeway/pki";

/** Where a root comes from: the CA made it, or an operator brought its key, or its certificate as well. */
export const ORIGINS = ["made", "key brought", "certificate brought"] as const;
export type Origin = (typeof ORIGINS)[number];

/** The key of a root. */
export type SigningKey = {
  readonly privateKey: KeyObject;
  /** As it was made or brought. */
  readonly pem: string;
  readonly origin: Origin;
};

/**
 * The signing keys: sealed in the bucket `ca-keys`, open in this process alone. No text of an error tells anything of a key.
 */
export class SigningKeys {
  readonly sealKeys: SealKeyRing;
  readonly #bucket: Bucket<typeof BUCKETS.caKeys>;
  /** By root ID. */
  readonly #open = new Map<string, SigningKey>();

  constructor(bucket: Bucket<typeof BUCKETS.caKeys>, sealKeys: SealKeyRing) {
    this.#bucket = bucket;
    this.sealKeys = sealKeys;
  }

  /** Keeps the key of a root that is about to be published. */
  async keep(rootId: string, { pem, origin }: Omit<SigningKey, "privateKey">): Promise<void> {
    const Sealed = await this.sealKeys.seal(`${origin}\n${pem}`, purposeOf(rootId));
    await this.#bucket.change("key", [rootId], () => ({ Sealed }));
  }

  /**
   * The key of a root, or undefined when it is not kept (any more).
   * Throws a PkiError `UNSEAL_FAILED` when it was sealed with a seal key that is not here.
   */
  async of(rootId: string): Promise<SigningKey | undefined> {
    const known = this.#open.get(rootId);
    if (known !== undefined) return known;
    const stored = await this.#bucket.get("key", rootId);
    if (stored === undefined) return undefined;
    const key = readSealed(await this.sealKeys.unseal(stored.value.Sealed, purposeOf(rootId)));
    this.#open.set(rootId, key);
    return key;
  }

  /**
   * Seals the key of a root anew where that was done with another seal key than the newest; gives how many that are, 0 or 1.
   * Throws a BusError `CONFLICT` when it has changed meanwhile, and a PkiError as `of` does.
   */
  async reseal(rootId: string): Promise<number> {
    const stored = await this.#bucket.get("key", rootId);
    const Sealed = stored && (await this.sealKeys.reseal(stored.value.Sealed, purposeOf(rootId)));
    if (stored === undefined || Sealed === undefined) return 0;
    await this.#bucket.update("key", [rootId], { Sealed }, stored.revision);
    return 1;
  }

  /** Forgets the key of a root that signs no more, here and in the bucket. */
  async forget(rootId: string): Promise<void> {
    this.#open.delete(rootId);
    await this.#bucket.change("key", [rootId], () => undefined);
  }
}

function purposeOf(rootId: string): string {
  return `signing key of root ${rootId}`;
}

function readSealed(text: string): SigningKey {
  const [line = "", ...rest] = text.split("\n");
  const pem = rest.join("\n");
  const origin = ORIGINS.find((known) => known === line) ?? "made";
  return { privateKey: readPrivateKey(pem).privateKey, pem, origin };
}
