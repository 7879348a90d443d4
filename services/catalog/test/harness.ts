import { ask, Bucket, type Bus, connectBus } from "@causeway/bus";
import { BUCKETS, type Request, type Verb, withIndexes } from "@causeway/model";
import { type Clock, systemClock } from "@causeway/runtime";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { type CatalogState, startCatalog } from "../src/service.ts";

const QUIET = { info: () => {}, warn: () => {} };
/** How agents are watched unless a service is told otherwise. */
const AGENTS = { graceMs: 30_000, reconnectTimeoutMs: 259_200_000 };
/** How long an answer is waited for: with hundreds of requests at once on a busy machine the last one takes a while. */
const PATIENCE_MS = 60_000;
const MAIN = new URL("../src/main.ts", import.meta.url).pathname;

/** A catalog that runs in this process. */
export type Replica = { readonly bus: Bus; readonly state: () => CatalogState; readonly stop: () => Promise<void> };

/** A NATS server, a connection to it, and whatever runs on it; all of it ends with `await using`. */
export class Harness implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly bus: Bus;
  readonly #ends = new Set<() => Promise<unknown>>();

  private constructor(nats: NatsServer, bus: Bus) {
    this.nats = nats;
    this.bus = bus;
  }

  static async start(): Promise<Harness> {
    const nats = await startNatsServer();
    return new Harness(nats, await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log: QUIET }));
  }

  /** Starts a catalog in this process, by the clock of the machine unless told. */
  async replica(name = "catalog", clock: Clock = systemClock, agents = AGENTS): Promise<Replica> {
    const stopping = new AbortController();
    const bus = await connectBus({ url: this.nats.url, name, datacenter: "dc1", log: QUIET });
    const state = await startCatalog({ bus, replicas: 1, agents, clock, log: QUIET, signal: stopping.signal });
    const stop = async () => {
      this.#ends.delete(stop);
      stopping.abort();
      await bus.drain();
    };
    this.#ends.add(stop);
    return { bus, state, stop };
  }

  /** Starts a catalog as a process of its own, and resolves when it is ready. */
  async process(): Promise<SpawnedProcess> {
    const env = { CAUSEWAY_NATS_URL: this.nats.url, CAUSEWAY_LOG_FORMAT: "json" };
    const spawned = await spawnProcess(process.execPath, [MAIN], { env, readyWhen: isReady });
    this.#ends.add(() => spawned.stop());
    return spawned;
  }

  ask<V extends Verb>(verb: V, request: Request<V>) {
    return ask(this.bus, verb, request, { timeoutMs: PATIENCE_MS });
  }

  /** The bucket of config entries, written here in place of its owner. */
  configEntries(): Promise<Bucket<typeof BUCKETS.configEntries>> {
    return Bucket.open(this.bus, BUCKETS.configEntries);
  }

  /** Every record in the catalog's bucket as readers see it, by key. */
  async records(): Promise<Record<string, unknown>> {
    const kv = await this.bus.kvm.open(BUCKETS.catalog.name);
    const bucket = await Bucket.open(this.bus, BUCKETS.catalog);
    const records: Record<string, unknown> = {};
    for await (const key of await kv.keys()) {
      const [kind, ...names] = key.split(".");
      const stored = await bucket.get(kind as "node", ...names);
      if (stored !== undefined) records[key] = withIndexes(stored.value, stored.revision);
    }
    return records;
  }

  async keys(): Promise<string[]> {
    return Object.keys(await this.records()).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end();
    await this.bus.drain();
    await this.nats.stop();
  }
}

function isReady(line: string): boolean {
  return line.includes('"msg":"ready"');
}
