import { setTimeout as sleep } from "node:timers/promises";
import type { BucketDefinition } from "@causeway/model";
import type { KvWatchEntry } from "@nats-io/kv";
import { type KindOf, readRecord, recordKey, recordNames, type Stored, type ValueOf } from "./bucket.ts";
import { decode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { BusError, describeBusFailure } from "./errors.ts";

/** One key that has changed: `record` is undefined when it is gone. */
export type Change<T> = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly revision: number;
  readonly record: Stored<T> | undefined;
  /** Trace context of the write, when it had one. */
  readonly traceparent?: string | undefined;
};

/** How a mirror reports: `changed` for each key, also while it reads for the first time, and `current` each time it has read to the end. */
export type MirrorEvents<T> = {
  readonly changed?: (change: Change<T>) => void;
  readonly current?: () => void;
};

/** Pause before a watch that broke is begun again. */
const RETRY_MS = 250;

/**
 * A local copy of a bucket, or of the part of it under one prefix, that follows every change.
 *
 * It outlives the server: while NATS is away it keeps what it has, and when NATS is back it reads all again and then drops only
 * what is really gone. A record that cannot be read is reported, skipped, and keeps its last good value.
 */
export class Mirror<B extends BucketDefinition, K extends KindOf<B> = KindOf<B>> {
  readonly #records = new Map<string, Stored<ValueOf<B, K>>>();
  readonly #waiting = new Set<{ readonly revision: number; readonly resolve: () => void }>();
  readonly #bus: Bus;
  readonly #definition: B;
  readonly #filter: string;
  readonly #events: MirrorEvents<ValueOf<B, K>>;
  #revision = 0;
  #current = false;

  private constructor(bus: Bus, definition: B, filter: string, events: MirrorEvents<ValueOf<B, K>>) {
    this.#bus = bus;
    this.#definition = definition;
    this.#filter = filter;
    this.#events = events;
  }

  /**
   * Begins to follow a bucket until `signal` aborts: all of it, or only records of `kind`, or only those whose names begin with
   * `names`. The bucket need not exist yet.
   */
  static follow<B extends BucketDefinition, K extends KindOf<B> = KindOf<B>>(
    bus: Bus,
    definition: B,
    scope: { readonly kind?: K; readonly names?: readonly string[]; readonly exact?: boolean },
    signal: AbortSignal,
    events: MirrorEvents<ValueOf<B, K>> = {},
  ): Mirror<B, K> {
    const { kind, names = [], exact = false } = scope;
    const filter = kind === undefined ? ">" : exact ? recordKey(kind, names) : `${recordKey(kind, names)}.>`;
    const mirror = new Mirror<B, K>(bus, definition, filter, events);
    void mirror.#run(signal);
    return mirror;
  }

  /** True once the bucket has been read to its end; it stays true while NATS is away. */
  get current(): boolean {
    return this.#current;
  }

  /** The last revision seen: what this copy is known to be as new as. */
  get revision(): number {
    return this.#revision;
  }

  /** The record of these names, or undefined. */
  get<G extends K>(kind: G, ...names: readonly string[]): Stored<ValueOf<B, G>> | undefined {
    return this.#records.get(recordKey(kind, names)) as Stored<ValueOf<B, G>> | undefined;
  }

  /** Every record with its key, in no order. */
  entries(): IterableIterator<[string, Stored<ValueOf<B, K>>]> {
    return this.#records.entries();
  }

  /**
   * Waits until this copy is at least as new as `revision`: after that a reader sees what was written.
   * Throws a BusError `BEHIND` when that takes longer than `timeoutMs`.
   */
  async reach(revision: number, timeoutMs = 5_000): Promise<void> {
    if (this.#revision >= revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { revision, resolve };
    this.#waiting.add(waiter);
    const late = sleep(timeoutMs, "late", { ref: false });
    const outcome = await Promise.race([promise, late]);
    this.#waiting.delete(waiter);
    if (outcome === "late") {
      throw new BusError({ code: "BEHIND", bucket: this.#definition.name, revision, waitedMs: timeoutMs });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#readAndFollow(signal);
      } catch (error) {
        if (signal.aborted || this.#bus.connection.isClosed()) return;
        // Not there yet is the usual case when everything starts at once; anything else is told.
        const reason = error instanceof Error ? error.message : String(error);
        if (!reason.includes("stream not found")) {
          this.#bus.log.warn(
            { bucket: this.#definition.name, filter: this.#filter, reason },
            "watch broke, begins again",
          );
        }
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Reads everything under the filter, drops what was not met any more, then follows changes until the watch or the server ends. */
  async #readAndFollow(signal: AbortSignal): Promise<void> {
    const kv = await this.#bus.kvm.open(this.#definition.name);
    const entries = await kv.watch({ key: this.#filter });
    const stop = () => entries.stop();
    signal.addEventListener("abort", stop, { once: true });
    // An ordered consumer needs several missed heartbeats to find out that the server forgot it; a reconnect says so at once.
    const forget = this.#bus.onReconnect(stop);
    const met = new Set<string>();
    let caughtUp = await this.#isEmpty();
    if (caughtUp) this.#finishReading(met);
    try {
      for await (const entry of entries) {
        this.#revision = Math.max(this.#revision, entry.revision);
        this.#apply(entry);
        if (!caughtUp) {
          met.add(entry.key);
          // Deletes are not ignored: the last entry may be one, and it is the last entry that says all has been read.
          if (entry.delta === 0) {
            caughtUp = true;
            this.#finishReading(met);
          }
        }
        this.#wake();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      forget();
    }
  }

  /** True when a new watch will send no first entry, not even a deleted one: it then never says that all has been read. */
  async #isEmpty(): Promise<boolean> {
    const stream = `KV_${this.#definition.name}`;
    if (this.#filter === ">") return (await this.#bus.manager.streams.info(stream)).state.messages === 0;
    const subjects = `$KV.${this.#definition.name}.${this.#filter}`;
    const { state } = await this.#bus.manager.streams.info(stream, { subjects_filter: subjects });
    return Object.keys(state.subjects ?? {}).length === 0;
  }

  #apply(entry: KvWatchEntry): void {
    const { kind, names } = recordNames(entry.key);
    const known = this.#records.get(entry.key);
    if (known !== undefined && known.revision === entry.revision) return;
    if (entry.operation !== "PUT") {
      if (known === undefined) return;
      this.#records.delete(entry.key);
      this.#events.changed?.({ kind, names, revision: entry.revision, record: undefined });
      return;
    }
    try {
      const record = {
        value: readRecord<ValueOf<B, K>>(this.#definition, entry.key, entry.value),
        revision: entry.revision,
      };
      this.#records.set(entry.key, record);
      const { traceparent } = decode(entry.value);
      this.#events.changed?.({ kind, names, revision: entry.revision, record, traceparent });
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      const facts = { bucket: this.#definition.name, key: entry.key, reason: describeBusFailure(error.failure) };
      this.#bus.log.warn(facts, "record skipped");
    }
  }

  #finishReading(met: ReadonlySet<string>): void {
    for (const key of this.#records.keys()) {
      if (met.has(key)) continue;
      this.#records.delete(key);
      const { kind, names } = recordNames(key);
      this.#events.changed?.({ kind, names, revision: this.#revision, record: undefined });
    }
    this.#current = true;
    this.#events.current?.();
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiting) if (this.#revision >= waiter.revision) waiter.resolve();
  }
}
