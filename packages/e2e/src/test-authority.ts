import { serviceSpiffeId } from "@causeway/model";
import { certificateFacts, createCsr, createRoot, generateKeyPair, type KeyPair, signLeaf } from "@causeway/pki";
import type { Leaf } from "@causeway/proxy";

const HOUR_MS = 3_600_000;

/** A certificate authority of a mesh that signs whatever a test asks it to. */
export class TestAuthority {
  readonly trustDomain: string;
  /** Its root, in PEM. */
  readonly root: string;
  readonly #key: KeyPair;
  #serial = 1n;

  private constructor(trustDomain: string, root: string, key: KeyPair) {
    this.trustDomain = trustDomain;
    this.root = root;
    this.#key = key;
  }

  /** Makes one for a trust domain, `<UUID>.consul`. */
  static async create(trustDomain: string): Promise<TestAuthority> {
    const key = await generateKeyPair();
    const root = createRoot({ trustDomain, key, serial: 1n, ttlMs: 24 * HOUR_MS, nowMs: Date.now() });
    return new TestAuthority(trustDomain, root, key);
  }

  /** The SPIFFE ID of a service of this trust domain or another, in this namespace or another. */
  spiffeId(service: string, trustDomain = this.trustDomain, namespace = "default"): string {
    return serviceSpiffeId({ trustDomain, namespace, datacenter: "dc1", service });
  }

  /** A leaf for an hour that says it is this. */
  async leaf(spiffeId: string): Promise<Leaf> {
    const key = await generateKeyPair();
    const signing = { serial: ++this.#serial, ttlMs: HOUR_MS, nowMs: Date.now() };
    const csr = createCsr({ spiffeId, key });
    const certificatePem = signLeaf({ csr, issuer: this.root, issuerKey: this.#key.privateKey, ...signing });
    const { serial, notAfterMs } = certificateFacts(certificatePem);
    return { certificatePem, privateKeyPem: key.privateKeyPem, serial, notAfterMs };
  }
}
