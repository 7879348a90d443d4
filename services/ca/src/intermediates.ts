import type { KeyObject } from "node:crypto";
import type { Bucket } from "@causeway/bus";
import { type BUCKETS, type SealedIntermediate, signingSpiffeId } from "@causeway/model";
import {
  certificateFacts,
  type KeyPair,
  type KeyType,
  keyTypeOf,
  readPrivateKey,
  type SealKey,
  seal,
  splitCertificates,
  unseal,
  type ValidityPeriod,
} from "@causeway/pki";

/** What the CA of a datacenter that is not the primary one signs with. */
export type Intermediate = ValidityPeriod & {
  readonly privateKey: KeyObject;
  readonly keyType: KeyType;
  /** PEM. */
  readonly certificate: string;
  /** What leads from it to an older root. */
  readonly crossSigned: readonly { readonly pem: string; readonly notAfterMs: number }[];
  readonly trustDomain: string;
  /** The root that signed it. */
  readonly rootId: string;
  /** Of the record that holds it. */
  readonly revision: number;
};

/** The intermediate of one datacenter: sealed in the bucket `ca-keys`, which all replicas share, and open in this process alone. */
export class Intermediates {
  readonly #bucket: Bucket<typeof BUCKETS.caKeys>;
  readonly #sealKey: SealKey;
  readonly #purpose: string;
  #open: Intermediate | undefined;

  constructor(bucket: Bucket<typeof BUCKETS.caKeys>, sealKey: SealKey, datacenter: string) {
    this.#bucket = bucket;
    this.#sealKey = sealKey;
    this.#purpose = `intermediate of datacenter ${datacenter}`;
  }

  /** When the one that was read last ends, in milliseconds since 1970; undefined before there was one. */
  get endsMs(): number | undefined {
    return this.#open?.notAfterMs;
  }

  /**
   * The intermediate as it is stored now, or undefined while there is none.
   * Throws a PkiError `UNSEAL_FAILED` when its key was sealed with another seal key.
   */
  async present(): Promise<Intermediate | undefined> {
    const stored = await this.#bucket.get("intermediate");
    if (stored === undefined) return undefined;
    if (this.#open?.revision !== stored.revision) this.#open = this.#read(stored.value, stored.revision);
    return this.#open;
  }

  /**
   * Keeps an intermediate in the place of `before`, or where there is none.
   * Throws a BusError `CONFLICT` when another replica was faster; then that one's is kept.
   */
  async replace(
    before: Intermediate | undefined,
    { key, CertPEM, RootID }: Omit<SealedIntermediate, "Sealed"> & { readonly key: Pick<KeyPair, "privateKeyPem"> },
  ): Promise<void> {
    const value = { Sealed: seal(key.privateKeyPem, this.#sealKey, this.#purpose), CertPEM, RootID };
    if (before === undefined) await this.#bucket.create("intermediate", [], value);
    else await this.#bucket.update("intermediate", [], value, before.revision);
  }

  #read({ Sealed, CertPEM, RootID }: SealedIntermediate, revision: number): Intermediate {
    const { privateKey } = readPrivateKey(unseal(Sealed, this.#sealKey, this.#purpose));
    const [certificate = "", ...rest] = splitCertificates(CertPEM);
    const { notBeforeMs, notAfterMs, uris } = certificateFacts(certificate);
    const crossSigned = rest.map((pem) => ({ pem, notAfterMs: certificateFacts(pem).notAfterMs }));
    const trustDomain = (uris[0] ?? "").slice(signingSpiffeId("").length);
    const what = { keyType: keyTypeOf(privateKey), trustDomain, rootId: RootID, notBeforeMs, notAfterMs };
    return { ...what, privateKey, certificate, crossSigned, revision };
  }
}
