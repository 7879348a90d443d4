import { Refusal } from "@causeway/bus";
import type { CaRoot, CaRoots, SignedLeaf } from "@causeway/model";
import {
  certificateFacts,
  createRoot,
  crossSign,
  generateKeyPair,
  type KeyPair,
  readCsr,
  signLeaf,
  validateLeafCsr,
} from "@causeway/pki";

/** A root and what it signs with. */
type Authority = { readonly root: CaRoot; readonly pem: string; readonly key: KeyPair };

const DAY_MS = 24 * 3_600_000;
const INDEXES = { CreateIndex: 0, ModifyIndex: 0 };

/** A CA that does what a test says: leaves of any length, rotations at once, refusals. */
export class TestCa {
  readonly trustDomain: string;
  readonly datacenter: string;
  /** How long the leaves live that are signed from now on. */
  leafTtlMs = 3 * DAY_MS;
  /** Set to have every request refused with this text. */
  refusal: string | undefined;
  #authorities: readonly Authority[] = [];
  #serial = 1n;

  constructor(trustDomain: string, datacenter: string) {
    this.trustDomain = trustDomain;
    this.datacenter = datacenter;
  }

  /** Makes a new root the active one, cross-signed by the one before, which stays trusted. */
  async rotate(): Promise<void> {
    const { trustDomain } = this;
    const key = await generateKeyPair();
    const signing = { nowMs: Date.now(), ttlMs: 365 * DAY_MS };
    const pem = createRoot({ trustDomain, key, serial: this.#next(), ...signing });
    const before = this.#authorities.find(({ root }) => root.Active);
    const crossed =
      before === undefined
        ? []
        : [
            crossSign({
              newRoot: pem,
              byRoot: before.pem,
              byKey: before.key.privateKey,
              serial: this.#next(),
              ...signing,
            }),
          ];
    const old = this.#authorities.map((each) => ({ ...each, root: { ...each.root, Active: false } }));
    this.#authorities = [...old, { key, pem, root: this.#describe(pem, crossed) }];
  }

  /** Stops trusting every root but the active one. */
  prune(): void {
    this.#authorities = this.#authorities.filter(({ root }) => root.Active);
  }

  /** What the CA service would publish. */
  roots(): CaRoots {
    return {
      ActiveRootID: this.#active().root.ID,
      TrustDomain: this.trustDomain,
      Roots: this.#authorities.map(({ root }) => root),
    };
  }

  /** Signs as the CA service would; throws a Refusal. */
  sign(csr: string): SignedLeaf {
    if (this.refusal !== undefined) throw new Refusal(500, this.refusal);
    const request = validateLeafCsr(readCsr(csr), this);
    if (request.kind === "illegal" || request.identity.kind !== "service") throw new Refusal(400, "not a service");
    const { root, pem, key } = this.#active();
    const signing = { serial: this.#next(), ttlMs: this.leafTtlMs, nowMs: Date.now() };
    const leaf = signLeaf({ csr, issuer: pem, issuerKey: key.privateKey, ...signing });
    const { serial, notBeforeMs, notAfterMs } = certificateFacts(leaf);
    return {
      SerialNumber: serial,
      CertPEM: [leaf, ...(root.IntermediateCerts ?? [])].join(""),
      Service: request.identity.service,
      ServiceURI: request.spiffeId,
      ValidAfter: new Date(notBeforeMs).toISOString(),
      ValidBefore: new Date(notAfterMs).toISOString(),
      RootID: root.ID,
    };
  }

  #active(): Authority {
    const active = this.#authorities.find(({ root }) => root.Active);
    if (active === undefined) throw new Error("the first rotation makes the first root");
    return active;
  }

  #describe(pem: string, intermediates: readonly string[]): CaRoot {
    const facts = certificateFacts(pem);
    return {
      ID: facts.id,
      Name: "Test CA Root",
      SerialNumber: Number(facts.serialNumber),
      SigningKeyID: facts.subjectKeyId,
      ExternalTrustDomain: this.trustDomain.replace(".consul", ""),
      NotBefore: new Date(facts.notBeforeMs).toISOString(),
      NotAfter: new Date(facts.notAfterMs).toISOString(),
      RootCert: pem,
      IntermediateCerts: [...intermediates],
      Active: true,
      PrivateKeyType: "ec",
      PrivateKeyBits: 256,
      ...INDEXES,
    };
  }

  #next(): bigint {
    this.#serial += 1n;
    return this.#serial;
  }
}
