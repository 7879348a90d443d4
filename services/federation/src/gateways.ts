import { type Bus, Mirror } from "@causeway/bus";
import { BUCKETS, type InstanceRecord, withIndexes } from "@causeway/model";

/** The mesh gateways that a catalog had, and when: at one revision of a catalog that was made at one time. */
export type KnownGateways = {
  readonly gateways: readonly InstanceRecord[];
  readonly catalogMade: string;
  readonly catalogRevision: number;
};

/** Longer than it takes; what is waited for in vain has just been given up, and the next attempt does without it. */
const CATCH_UP_MS = 1_000;

type Catalog = typeof BUCKETS.catalog;
type Followed = { readonly mirror: Mirror<Catalog, "instance">; readonly stop: AbortController };

/** The mesh gateways of this datacenter, followed in its catalog: the services that have some, and the instances of just those. */
export class Gateways {
  readonly #bus: Bus;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  readonly #services: Mirror<Catalog, "mesh-gateway">;
  readonly #instances = new Map<string, Followed>();

  /** Begins to follow until `signal` aborts; `changed` is called whenever `read` may give something else than before. */
  constructor(bus: Bus, signal: AbortSignal, changed: () => void) {
    this.#bus = bus;
    this.#signal = signal;
    this.#changed = changed;
    const events = { changed: () => this.#followInstances(), current: changed };
    this.#services = Mirror.follow(bus, BUCKETS.catalog, { kind: "mesh-gateway" }, signal, events);
  }

  /**
   * Reads what the catalog has now; undefined while it has not been read yet, or is being read anew: `changed` is called after that.
   *
   * Records are followed service by service, and so one may be seen before an older one. Therefore the revision is asked for first, and
   * then all that is followed is at least as new: two replicas that name the same last revision name the same gateways.
   */
  async read(): Promise<KnownGateways | undefined> {
    if (!this.#services.current) return undefined;
    const { created, state } = await this.#bus.manager.streams.info(`KV_${BUCKETS.catalog.name}`);
    await this.#services.catchUp(CATCH_UP_MS);
    const followed = [...this.#instances.values()].map(({ mirror }) => mirror);
    await Promise.all(followed.map((mirror) => mirror.catchUp(CATCH_UP_MS)));
    if ([this.#services, ...followed].some(({ madeAt }) => madeAt !== created)) return undefined;
    return { gateways: followed.flatMap(gatewaysIn), catalogMade: created, catalogRevision: state.last_seq };
  }

  #followInstances(): void {
    const services = new Set([...this.#services.entries()].map(([, { value }]) => value.Service));
    for (const [service, { stop }] of this.#instances) {
      if (services.has(service)) continue;
      stop.abort();
      this.#instances.delete(service);
    }
    for (const service of services)
      if (!this.#instances.has(service)) this.#instances.set(service, this.#follow(service));
    this.#changed();
  }

  #follow(service: string): Followed {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const events = { changed: this.#changed, current: this.#changed };
    const scope = { kind: "instance", names: [service] } as const;
    return { mirror: Mirror.follow(this.#bus, BUCKETS.catalog, scope, signal, events), stop };
  }
}

/** In the order of their keys, so that what is equal looks equal; a record's own indexes mean nothing in another bucket. */
function gatewaysIn(mirror: Mirror<Catalog, "instance">): readonly InstanceRecord[] {
  return [...mirror.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { value, revision }]) => withIndexes(value, revision))
    .filter(({ Service }) => Service.Kind === "mesh-gateway");
}
