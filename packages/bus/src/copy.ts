import { setTimeout as sleep } from "node:timers/promises";
import type { BucketDefinition } from "@causeway/model";
import { backoff } from "@causeway/runtime";
import { headers } from "@nats-io/transport-node";
import { encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { BusError } from "./errors.ts";
import { Mirror } from "./mirror.ts";
import type { Change } from "./mirror-scope.ts";
import { recordKey, type Stored } from "./record.ts";
import { permitted } from "./refused.ts";

/** Whether a bucket is written elsewhere: in the primary datacenter, while this is another one. */
export function isCopy(bus: Pick<Bus, "datacenter" | "primaryDatacenter">, { global }: BucketDefinition): boolean {
  return global === true && bus.primaryDatacenter !== bus.datacenter;
}

/** What a copy's bucket is described as, by which it is told from one that is written here. */
const descriptionOf = (bus: Bus) => `copy of ${bus.primaryDatacenter}`;

/**
 * Makes this datacenter's copy of a bucket of the primary one, unless it is there, and keeps it up to date until the bus is drained: it
 * is read like the bucket itself, with the same revisions, also while the primary cannot be reached. Any number of replicas may keep
 * one copy.
 *
 * Not a mirror by NATS's own means, which notices that a link is back only after up to half a minute.
 *
 * @throws BusError NOT_A_COPY when a bucket of that name is there that was written here.
 */
export async function keepCopy(bus: Bus, definition: BucketDefinition, replicas: number): Promise<void> {
  const description = descriptionOf(bus);
  await permitted(bus.role, () => bus.kvm.create(definition.name, { history: 1, replicas, description }));
  const { config } = await bus.manager.streams.info(`KV_${definition.name}`);
  if (config.description !== description) {
    throw new BusError({ code: "NOT_A_COPY", bucket: definition.name, primary: bus.primaryDatacenter });
  }
  new Copy(bus, definition).begin();
}

/** What is to be written: a record of the primary, or that it has none. */
type Pending = {
  readonly record: Stored<unknown> | undefined;
  readonly revision: number;
  readonly traceparent?: string;
};

class Copy {
  readonly #bus: Bus;
  readonly #definition: BucketDefinition;
  readonly #ended = new AbortController();
  /** By key, in the order of the changes. */
  readonly #pending = new Map<string, Pending>();
  #here: Mirror<BucketDefinition> | undefined;
  #there: Mirror<BucketDefinition> | undefined;
  /** What is being written now. */
  #batch: ReadonlyMap<string, Pending> = new Map();
  #writing: Promise<void> | undefined;

  constructor(bus: Bus, definition: BucketDefinition) {
    this.#bus = bus;
    this.#definition = definition;
  }

  begin(): void {
    const { signal } = this.#ended;
    this.#bus.beforeClose(async () => {
      this.#ended.abort();
      await this.#writing;
    });
    // What is here must be known before it can be said what differs.
    this.#here = Mirror.follow(this.#bus, this.#definition, {}, signal, {
      changed: ({ kind, names }) => this.#compare(recordKey(kind, names)),
      current: () => this.#follow(signal),
    });
  }

  /** Another replica may be late, and write what has been overtaken. */
  #compare(key: string): void {
    if (this.#there?.current !== true || this.#pending.has(key) || this.#batch.has(key)) return;
    const record = this.#there.entry(key);
    if (record?.revision === this.#here?.entry(key)?.revision) return;
    this.#note(key, { record, revision: record?.revision ?? this.#there.revision });
  }

  #follow(signal: AbortSignal): void {
    if (this.#there !== undefined) return;
    const scope = { datacenter: this.#bus.primaryDatacenter };
    this.#there = Mirror.follow(this.#bus, this.#definition, scope, signal, {
      changed: (change) => this.#changed(change),
      current: () => this.#dropWhatIsGone(),
    });
  }

  #changed({ kind, names, record, revision, traceparent }: Change<unknown>): void {
    const trace = traceparent === undefined ? {} : { traceparent };
    this.#note(recordKey(kind, names), { record, revision, ...trace });
  }

  /** What went while the primary was out of reach left no change behind. */
  #dropWhatIsGone(): void {
    const there = new Set([...(this.#there?.entries() ?? [])].map(([key]) => key));
    const revision = this.#there?.revision ?? 0;
    for (const [key] of this.#here?.entries() ?? []) {
      if (!there.has(key)) this.#note(key, { record: undefined, revision });
    }
  }

  /** The last of several changes of a key is the one that counts, and comes in its own turn. */
  #note(key: string, pending: Pending): void {
    this.#pending.delete(key);
    this.#pending.set(key, pending);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    for (let failures = 0; this.#pending.size > 0 && !this.#ended.signal.aborted; ) {
      const batch = new Map(this.#pending);
      this.#batch = batch;
      this.#pending.clear();
      // Sent at once and in order: readers wait for a revision, which must come after all that are below it.
      const written = await Promise.allSettled([...batch].map(([key, pending]) => this.#write(key, pending)));
      this.#batch = new Map();
      const failed = [...batch].filter((_, at) => written[at]?.status === "rejected");
      for (const [key, pending] of failed) if (!this.#pending.has(key)) this.#pending.set(key, pending);
      failures = failed.length === 0 ? 0 : failures + 1;
      if (failures > 0) await sleep(backoff(failures), undefined, { signal: this.#ended.signal }).catch(() => {});
    }
  }

  async #write(key: string, { record, revision, traceparent }: Pending): Promise<void> {
    const known = this.#here?.entry(key);
    if (record === undefined ? known === undefined : known?.revision === record.revision) return;
    const meta = headers();
    if (record === undefined) meta.set("KV-Operation", "DEL");
    const trace = traceparent === undefined ? {} : { traceparent };
    const payload = encode({ value: record?.value ?? null, revision, ...trace });
    await this.#bus.jetstream.publish(`$KV.${this.#definition.name}.${key}`, payload, { headers: meta });
  }
}
