import type { KeyObject } from "node:crypto";
import type { Bucket } from "@causeway/bus";
import { type BUCKETS, type SealedIntermediate, signingSpiffeId } from "@causeway/model";
import {
  certificateFacts,
  type KeyPair,
  type KeyType,
  keyTypeOf,
  readPrivateKey,
  type SealKeyRing,
  splitCertificates,
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
  readonly sealKeys: SealKeyRing;
  readonly #bucket: Bucket<typeof BUCKETS.caKeys>;
  readonly #purpose: string;
  #open: Intermediate | undefined;
  /** Of `#open`, as they are stored. */
  #certificates: string | undefined;

  constructor(bucket: Bucket<typeof BUCKETS.caKeys>, sealKeys: SealKeyRing, datacenter: string) {
    this.#bucket = bucket;
    this.sealKeys = sealKeys;
    this.#purpose = `intermediate of datacenter ${datacenter}`;
  }

  /** When the one that was read last ends, in milliseconds since 1970; undefined before there was one. */
  get endsMs(): number | undefined {
    return this.#open?.notAfterMs;
  }

  /**
   * The intermediate as it is stored now, or undefined while there is none.
   * Throws a PkiError `UNSEAL_FAILED` when its key was sealed with a seal key that is not here.
   */
  async present(): Promise<Intermediate | undefined> {
    const stored = await this.#bucket.get("intermediate");
    if (stored === undefined) return undefined;
    const { value, revision } = stored;
    if (this.#open?.revision !== revision) {
      // Sealed anew by another replica, whose seal key may not have arrived here yet: the certificate says that the key is the same.
      const same = this.#certificates === value.CertPEM ? this.#open : undefined;
      this.#open = same === undefined ? await this.#read(value, revision) : { ...same, revision };
      this.#certificates = value.CertPEM;
    }
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
    const value = { Sealed: await this.sealKeys.seal(key.privateKeyPem, this.#purpose), CertPEM, RootID };
    if (before === undefined) await this.#bucket.create("intermediate", [], value);
    else await this.#bucket.update("intermediate", [], value, before.revision);
  }

  /**
   * Seals its key anew where that was done with another seal key than the newest; gives how many that are, 0 or 1.
   * Throws a BusError `CONFLICT` when it has changed meanwhile, and a PkiError as `present` does.
   */
  async reseal(): Promise<number> {
    const stored = await this.#bucket.get("intermediate");
    const Sealed = stored && (await this.sealKeys.reseal(stored.value.Sealed, this.#purpose));
    if (stored === undefined || Sealed === undefined) return 0;
    await this.#bucket.update("intermediate", [], { ...stored.value, Sealed }, stored.revision);
    return 1;
  }

  async #read({ Sealed, CertPEM, RootID }: SealedIntermediate, revision: number): Promise<Intermediate> {
    const { privateKey } = readPrivateKey(await this.sealKeys.unseal(Sealed, this.#purpose));
    const [certificate = "", ...rest] = splitCertificates(CertPEM);
    const { notBeforeMs, notAfterMs, uris } = certificateFacts(certificate);
    const crossSigned = rest.map((pem) => ({ pem, notAfterMs: certificateFacts(pem).notAfterMs }));
    const trustDomain = (uris[0] ?? "").slice(signingSpiffeId("").length);
    const what = { keyType: keyTypeOf(privateKey), trustDomain, rootId: RootID, notBeforeMs, notAfterMs };
    return { ...what, privateKey, certificate, crossSigned, revision };
  }
}
