import { randomUUID } from "node:crypto";
import { answer, ask, Bucket, type Bus, connectBus, type KindOf, type ValueOf } from "@causeway/bus";
import {
  type Action,
  BUCKETS,
  type BucketDefinition,
  type BucketId,
  type CaRoots,
  type InstanceRecord,
  serviceSpiffeId,
} from "@causeway/model";
import { createCsr, generateKeyPair } from "@causeway/pki";
import { TestCa } from "./test-ca.ts";

type Buckets = typeof BUCKETS;

const DATACENTER = "dc1";

/** Who signs: this process, as the test says, or the CA service, which the test runs. */
export type TestMeshOptions = { readonly signedBy?: "test" | "service" };

/**
 * The control plane as tests need it: records are written straight into the buckets, and leaves are signed.
 *
 * The default policy is published as "deny" and a root is there from the start. Ended by `await using`.
 */
export class TestMesh implements AsyncDisposable {
  /** The CA of this mesh; of no use where the CA service signs. */
  readonly ca = new TestCa(`${randomUUID()}.consul`, DATACENTER);
  readonly #bus: Bus;
  readonly #buckets = new Map<string, Bucket<BucketDefinition>>();
  #roots: CaRoots = { ActiveRootID: "", TrustDomain: "", Roots: [] };

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Makes every bucket on this server. Where the CA service signs, it must have published its roots. */
  static async open(natsUrl: string, { signedBy = "test" }: TestMeshOptions = {}): Promise<TestMesh> {
    const log = { info() {}, warn() {} };
    const mesh = new TestMesh(await connectBus({ url: natsUrl, name: "test-mesh", datacenter: DATACENTER, log }));
    for (const definition of Object.values(BUCKETS)) {
      mesh.#buckets.set(definition.name, await Bucket.open<BucketDefinition>(mesh.#bus, definition));
    }
    await mesh.setDefaultPolicy("deny");
    if (signedBy === "test") {
      await mesh.rotate();
      answer(mesh.#bus, { "ca.sign-leaf": async ({ CSR }) => mesh.ca.sign(CSR) });
    } else {
      await mesh.readRoots();
    }
    return mesh;
  }

  get trustDomain(): string {
    return this.#roots.TrustDomain;
  }

  /** The certificates that the mesh trusts. */
  get rootsPem(): string[] {
    return this.#roots.Roots.map(({ RootCert }) => RootCert);
  }

  /** ID of the root that signs now. */
  get activeRootId(): string {
    return this.#roots.ActiveRootID;
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

  async setDefaultPolicy(action: Action): Promise<void> {
    await this.put("intentions", "settings", ["default-policy"], { Action: action });
  }

  /** Makes a new root the active one, cross-signed by the one before, which stays trusted. */
  async rotate(): Promise<void> {
    await this.ca.rotate();
    await this.#publish();
  }

  /** Stops trusting every root but the active one. */
  async prune(): Promise<void> {
    this.ca.prune();
    await this.#publish();
  }

  /** Reads what the CA service has published. */
  async readRoots(): Promise<void> {
    const stored = await this.#bucket("caRoots").get("roots");
    if (stored === undefined) throw new Error("the CA has published no roots");
    // A bucket's values have been checked against their schema.
    this.#roots = stored.value as CaRoots;
  }

  /** A leaf such as the service's own sidecar would have, with its key, under the names that `node:tls` gives them. */
  async leafFor(service: string): Promise<{ readonly cert: string; readonly key: string }> {
    const key = await generateKeyPair();
    const { trustDomain } = this;
    const spiffeId = serviceSpiffeId({ trustDomain, namespace: "default", datacenter: DATACENTER, service });
    const { CertPEM } = await ask(this.#bus, "ca.sign-leaf", { CSR: createCsr({ spiffeId, key }) });
    return { cert: CertPEM, key: key.privateKeyPem };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus.drain();
  }

  async #publish(): Promise<void> {
    this.#roots = this.ca.roots();
    await this.put("caRoots", "roots", [], this.#roots);
  }

  #bucket(id: BucketId): Bucket<BucketDefinition> {
    const bucket = this.#buckets.get(BUCKETS[id].name);
    if (bucket === undefined) throw new Error(`bucket ${id} is opened with the mesh`);
    return bucket;
  }
}

function namesOf({ Node, Service }: InstanceRecord): readonly string[] {
  return [Service.Service, Node.Node, Service.ID];
}
