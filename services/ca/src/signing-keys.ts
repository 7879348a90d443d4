import type { KeyObject } from "node:crypto";
import type { Bucket } from "@causeway/bus";
import type { BUCKETS } from "@causeway/model";
import { readPrivateKey, type SealKey, seal, unseal } from "@causeway/pki";

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
  readonly #bucket: Bucket<typeof BUCKETS.caKeys>;
  readonly #sealKey: SealKey;
  /** By root ID. */
  readonly #open = new Map<string, SigningKey>();

  constructor(bucket: Bucket<typeof BUCKETS.caKeys>, sealKey: SealKey) {
    this.#bucket = bucket;
    this.#sealKey = sealKey;
  }

  /** Keeps the key of a root that is about to be published. */
  async keep(rootId: string, { pem, origin }: Omit<SigningKey, "privateKey">): Promise<void> {
    const Sealed = seal(`${origin}\n${pem}`, this.#sealKey, purposeOf(rootId));
    await this.#bucket.change("key", [rootId], () => ({ Sealed }));
  }

  /**
   * The key of a root, or undefined when it is not kept (any more).
   * Throws a PkiError `UNSEAL_FAILED` when it was sealed with another seal key.
   */
  async of(rootId: string): Promise<SigningKey | undefined> {
    const known = this.#open.get(rootId);
    if (known !== undefined) return known;
    const stored = await this.#bucket.get("key", rootId);
    if (stored === undefined) return undefined;
    const key = readSealed(unseal(stored.value.Sealed, this.#sealKey, purposeOf(rootId)));
    this.#open.set(rootId, key);
    return key;
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
