import { randomUUID } from "node:crypto";
import { answer, Bucket, type Bus, connectBus, type KindOf, Refusal, type ValueOf } from "@causeway/bus";
import {
  type Action,
  BUCKETS,
  type BucketDefinition,
  type BucketId,
  type CaRoot,
  type CaRoots,
  type InstanceRecord,
  type SignedLeaf,
} from "@causeway/model";
import {
  certificateFacts,
  createCsr,
  createRoot,
  crossSign,
  generateKeyPair,
  type KeyPair,
  readCsr,
  signLeaf,
  validateLeafCsr,
} from "@causeway/pki";

type Buckets = typeof BUCKETS;

/** A root and what it signs with. */
type Authority = { readonly root: CaRoot; readonly pem: string; readonly key: KeyPair };

const DATACENTER = "dc1";
const DAY_MS = 24 * 3_600_000;
const INDEXES = { CreateIndex: 0, ModifyIndex: 0 };

/**
 * The control plane as tests need it: it writes records straight into the buckets, and is the CA.
 *
 * The default policy is published as "deny" and a root is there from the start. Ended by `await using`.
 */
export class TestMesh implements AsyncDisposable {
  readonly trustDomain = `${randomUUID()}.consul`;
  /** How long the leaves live that are signed from now on. */
  leafTtlMs = 3 * DAY_MS;
  /** Set to have every request refused with this text. */
  refusal: string | undefined;
  /** Services for which a leaf has been signed, in order. */
  readonly signed: string[] = [];
  readonly #bus: Bus;
  readonly #buckets = new Map<string, Bucket<BucketDefinition>>();
  #authorities: readonly Authority[] = [];
  #serial = 1n;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Makes every bucket on this server, and answers for the CA. */
  static async open(natsUrl: string): Promise<TestMesh> {
    const log = { info() {}, warn() {} };
    const mesh = new TestMesh(await connectBus({ url: natsUrl, name: "test-mesh", datacenter: DATACENTER, log }));
    for (const definition of Object.values(BUCKETS)) {
      mesh.#buckets.set(definition.name, await Bucket.open<BucketDefinition>(mesh.#bus, definition));
    }
    await mesh.rotate();
    await mesh.setDefaultPolicy("deny");
    answer(mesh.#bus, { "ca.sign-leaf": async ({ CSR }) => mesh.#sign(CSR) });
    return mesh;
  }

  /** Writes a record, whatever was there before. */
  async put<B extends BucketId, K extends KindOf<Buckets[B]>>(
    bucket: B,
    kind: K,
    names: readonly string[],
    value: ValueOf<Buckets[B], K>,
  ): Promise<void> {
    await this.#bucket(bucket).change(kind, names, () => value);
  }

  /** Takes a record away. */
  async remove<B extends BucketId>(bucket: B, kind: KindOf<Buckets[B]>, names: readonly string[]): Promise<void> {
    await this.#bucket(bucket).change(kind, names, () => undefined);
  }

  /** Registers an instance, or registers it anew. */
  async register(instance: InstanceRecord): Promise<void> {
    await this.put("catalog", "instance", namesOf(instance), instance);
  }

  async deregister(instance: InstanceRecord): Promise<void> {
    await this.remove("catalog", "instance", namesOf(instance));
  }

  async setDefaultPolicy(Action: Action): Promise<void> {
    await this.put("intentions", "settings", ["default-policy"], { Action });
  }

  /** Makes a new root the active one, cross-signed by the one before, which stays trusted. */
  async rotate(): Promise<void> {
    const key = await generateKeyPair();
    const pem = createRoot({
      trustDomain: this.trustDomain,
      key,
      serial: this.#next(),
      ttlMs: 365 * DAY_MS,
      nowMs: Date.now(),
    });
    const before = this.#authorities.find(({ root }) => root.Active);
    const signing = { serial: this.#next(), nowMs: Date.now() };
    const crossed =
      before === undefined
        ? []
        : [crossSign({ newRoot: pem, byRoot: before.pem, byKey: before.key.privateKey, ...signing })];
    const old = this.#authorities.map((each) => ({ ...each, root: { ...each.root, Active: false } }));
    this.#authorities = [...old, { key, pem, root: this.#describe(pem, crossed) }];
    await this.#publish();
  }

  /** Stops trusting every root but the active one. */
  async prune(): Promise<void> {
    this.#authorities = this.#authorities.filter(({ root }) => root.Active);
    await this.#publish();
  }

  /** The certificates that the mesh trusts. */
  get rootsPem(): readonly string[] {
    return this.#authorities.map(({ pem }) => pem);
  }

  /** ID of the root that signs now. */
  get activeRootId(): string {
    return this.#active().root.ID;
  }

  /** A leaf such as the service's own sidecar would have, with its key, under the names that `node:tls` gives them. */
  async leafFor(service: string): Promise<{ readonly cert: string; readonly key: string }> {
    const key = await generateKeyPair();
    const spiffeId = `spiffe://${this.trustDomain}/ns/default/dc/${DATACENTER}/svc/${service}`;
    return { cert: this.#sign(createCsr({ spiffeId, key })).CertPEM, key: key.privateKeyPem };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus.drain();
  }

  #sign(csr: string): SignedLeaf {
    if (this.refusal !== undefined) throw new Refusal(500, this.refusal);
    const request = validateLeafCsr(readCsr(csr), { trustDomain: this.trustDomain, datacenter: DATACENTER });
    if (request.kind === "illegal" || request.identity.kind !== "service") throw new Refusal(400, "not a service");
    const { root, pem, key } = this.#active();
    const leaf = signLeaf({
      csr,
      issuer: pem,
      issuerKey: key.privateKey,
      serial: this.#next(),
      ttlMs: this.leafTtlMs,
      nowMs: Date.now(),
    });
    const { serial, notBeforeMs, notAfterMs } = certificateFacts(leaf);
    this.signed.push(request.identity.service);
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
    if (active === undefined) throw new Error("the mesh is opened with a root");
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

  async #publish(): Promise<void> {
    const record: CaRoots = {
      ActiveRootID: this.#active().root.ID,
      TrustDomain: this.trustDomain,
      Roots: this.#authorities.map(({ root }) => root),
    };
    await this.put("caRoots", "roots", [], record);
  }

  #bucket(id: BucketId): Bucket<BucketDefinition> {
    const bucket = this.#buckets.get(BUCKETS[id].name);
    if (bucket === undefined) throw new Error(`bucket ${id} is opened with the mesh`);
    return bucket;
  }

  #next(): bigint {
    this.#serial += 1n;
    return this.#serial;
  }
}

function namesOf({ Node, Service }: InstanceRecord): readonly string[] {
  return [Service.Service, Node.Node, Service.ID];
}
