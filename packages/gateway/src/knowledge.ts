import type { Bus, PathState } from "@causeway/bus";
import type { CaRoots, SignedLeaf } from "@causeway/model";
import type { Identities, Leaf, Roots } from "@causeway/proxy";
import { leafName } from "@causeway/routes";
import type { Clock } from "@causeway/runtime";
import type { Disk } from "./disk.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { type LeafReport, Leaves } from "./leaves.ts";
import { type LeafProgress, leafKey, type Need, needKey, type Readable } from "./read.ts";
import { type SourceState, Sources } from "./sources.ts";
import { type Watch, watchKey } from "./watch.ts";
import { CA_ROOTS } from "./watches.ts";

/** Told of each change, by the key of what has changed. */
export type KnowledgeEvents = {
  readonly changed: (key: string, traceparent?: string) => void;
  /** The roots or a leaf have changed: what was proved under old roots is to be asked again, and a new leaf presented. */
  readonly identitiesChanged: () => void;
};

export type KnowledgeOptions = {
  readonly datacenter: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sign: (csr: string) => Promise<SignedLeaf>;
  readonly disk: Disk;
  readonly log: Pick<GatewayLog, "warn">;
};

/** What an operator is shown of a root; times are RFC 3339. */
export type RootReport = {
  readonly id: string;
  readonly active: boolean;
  readonly validFrom: string;
  readonly validUntil: string;
};

const NO_ROOTS: Roots = { trustDomain: "", certificatesPem: [], version: "" };

/** All that a gateway knows: the state that it follows, the roots, and its own leaves; in memory, and on disk for the next start. */
export class Knowledge implements Identities, Readable {
  readonly #sources: Sources;
  readonly #leaves: Leaves;
  readonly #disk: Disk;
  readonly #events: KnowledgeEvents;
  #roots = NO_ROOTS;
  #rootReports: readonly RootReport[] = [];

  constructor({ disk, log, ...options }: KnowledgeOptions, events: KnowledgeEvents) {
    this.#events = events;
    this.#disk = disk;
    this.#sources = new Sources(
      {
        changed: (watch, traceparent) => this.#learned(watch, traceparent),
        pathChanged: (datacenter) => events.changed(needKey({ kind: "path", datacenter })),
      },
      disk.restored.state,
    );
    this.#leaves = new Leaves({
      ...options,
      saved: disk.restored.leaves,
      changed: (name, leaf) => {
        disk.keepLeaf(name, leaf);
        events.identitiesChanged();
        events.changed(leafKey(name));
      },
      failed: (facts) => log.warn(facts, "leaf certificate not obtained"),
    });
    // Connections need the roots, whatever the plan of this gateway reads.
    this.#sources.open(CA_ROOTS);
  }

  /** Follows the state on this bus from now on. */
  connect(bus: Bus): void {
    this.#sources.connect(bus);
  }

  /** Lets what was kept on disk stand in for what cannot be read now. */
  useRestored(): void {
    this.#sources.useRestored();
  }

  /** Begins to follow, or to get, what has become needed. */
  needed(need: Need): void {
    if (need.kind === "leaf") this.#leaves.hold(need.service, need.dnsNames);
    if (need.kind === "watch") this.#sources.open(need.watch);
  }

  /** Gives up what nobody needs any more, on disk too. */
  unneeded(need: Need): void {
    if (need.kind === "leaf") {
      const name = leafName(need.service, need.dnsNames);
      this.#leaves.release(name);
      this.#disk.keepLeaf(name, undefined);
    } else if (need.kind === "watch" && watchKey(need.watch) !== watchKey(CA_ROOTS)) {
      this.#sources.close(need.watch);
      this.#keep(need.watch);
    }
  }

  state(watch: Watch): SourceState {
    return this.#sources.state(watch);
  }

  last(watch: Watch): unknown {
    return this.#sources.last(watch);
  }

  path(datacenter: string): PathState {
    return this.#sources.path(datacenter);
  }

  leafProgress(name: string): LeafProgress {
    return this.#leaves.progress(name);
  }

  leaf(name: string): Leaf | undefined {
    return this.#leaves.leaf(name);
  }

  roots(): Roots {
    return this.#roots;
  }

  /** Every leaf that is held or asked for, without keys. */
  leafReports(): readonly LeafReport[] {
    return this.#leaves.report();
  }

  /** Every root that is trusted. */
  rootReports(): readonly RootReport[] {
    return this.#rootReports;
  }

  /** What is followed, and how much is known of it. */
  sourceReports(): readonly { readonly watch: string; readonly from: SourceState["from"]; readonly records: number }[] {
    return this.#sources.watches().map((watch) => {
      const { from, records } = this.state(watch);
      return { watch: watchKey(watch), from, records: records.size };
    });
  }

  /** Removes from disk what is of no use any more. */
  tidy(): void {
    const watches = new Set(this.#sources.watches().map(watchKey));
    this.#disk.retain(watches, new Set(this.#leaves.names()));
  }

  /** Follows and renews nothing any more; resolves when what is known is on disk. */
  async stop(): Promise<void> {
    this.#leaves.stop();
    await this.#disk.close();
    this.#sources.closeAll();
  }

  #learned(watch: Watch, traceparent: string | undefined): void {
    const key = watchKey(watch);
    if (key === watchKey(CA_ROOTS)) this.#learnRoots();
    if (this.#sources.read(watch) !== undefined) this.#keep(watch);
    this.#events.changed(key, traceparent);
  }

  #learnRoots(): void {
    // The watch says what its record is, which was checked against that schema when it was read.
    const [record] = this.#sources.state(CA_ROOTS).records.values() as MapIterator<CaRoots>;
    // Without roots nothing could be verified any more; a record that has gone says nothing of those that were trusted.
    if (record === undefined) return;
    const { TrustDomain, ActiveRootID, Roots } = record;
    const rootIds = Roots.map(({ ID }) => ID);
    const version = [ActiveRootID, ...rootIds].join(" ");
    const changed = version !== this.#roots.version;
    this.#roots = { trustDomain: TrustDomain, certificatesPem: Roots.map(({ RootCert }) => RootCert), version };
    this.#rootReports = Roots.map(({ ID, NotBefore, NotAfter }) => {
      return { id: ID, active: ID === ActiveRootID, validFrom: NotBefore, validUntil: NotAfter };
    });
    this.#leaves.trust({ trustDomain: TrustDomain, activeRootId: ActiveRootID, rootIds });
    if (changed) this.#events.identitiesChanged();
  }

  #keep(watch: Watch): void {
    this.#disk.keepState(watch, () => this.#sources.read(watch));
  }
}
