import { setTimeout as sleep } from "node:timers/promises";
import type { BucketDefinition } from "@causeway/model";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { KvWatchEntry } from "@nats-io/kv";
import type { Bus } from "./connection.ts";
import { BusError, describeBusFailure } from "./errors.ts";
import type { PathState } from "./paths.ts";
import { type KindOf, readRecord, readRemoval, recordKey, recordNames, type Stored, type ValueOf } from "./record.ts";
import { reasonOf, violationIn } from "./refused.ts";
import { Waiters } from "./waiters.ts";

/** One key that has changed: `record` is undefined when it is gone. */
export type Change<T> = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly revision: number;
  readonly record: Stored<T> | undefined;
  /** Trace context of the write, when it had one. */
  readonly traceparent?: string | undefined;
};

/** What of a bucket is mirrored. */
export type MirrorScope<K extends string = string> = {
  readonly kind?: K;
  readonly names?: readonly string[];
  /** Whether `names` are a whole record's. */
  readonly exact?: boolean;
  readonly datacenter?: string;
};

/** How a mirror reports: `changed` for each key, also while it reads for the first time, and `current` each time it has read to the end. */
export type MirrorEvents<T> = {
  readonly changed?: (change: Change<T>) => void;
  readonly current?: () => void;
};

/** Pause before a watch that broke is begun again. */
const RETRY_MS = 250;

/** What NATS does not allow, it may only after its configuration has been changed. */
const FORBIDDEN_RETRY_MS = 5_000;

/**
 * A local copy of a bucket, or of the part of it under one prefix, that follows every change.
 *
 * It outlives the server: while NATS is away it keeps what it has, and when NATS is back it reads all again and then drops only
 * what is really gone. A record that cannot be read is reported, skipped, and keeps its last good value.
 */
export class Mirror<B extends BucketDefinition, K extends KindOf<B> = KindOf<B>> {
  readonly #records = new Map<string, Stored<ValueOf<B, K>>>();
  readonly #waiters = new Waiters();
  readonly #bus: Bus;
  readonly #definition: B;
  readonly #filter: string;
  readonly #events: MirrorEvents<ValueOf<B, K>>;
  readonly #datacenter: string;
  /** Whether what is read is a copy, whose records say which revision they are of. */
  readonly #isCopy: boolean;
  /** The last revision in terms of whoever writes the bucket, which may be another datacenter. */
  #revision = 0;
  /** The last one in terms of the stream that is read. */
  #sequence = 0;
  #current = false;
  #beginAgain = () => {};
  /** When the bucket that is being read was made. */
  #madeAt = "";
  /** When the bucket that was read to its end last was made. */
  #copiedMadeAt = "";

  private constructor(
    bus: Bus,
    datacenter: string,
    definition: B,
    filter: string,
    events: MirrorEvents<ValueOf<B, K>>,
  ) {
    this.#bus = bus;
    this.#datacenter = datacenter;
    this.#definition = definition;
    this.#isCopy = definition.global === true && datacenter !== bus.primaryDatacenter;
    this.#filter = filter;
    this.#events = events;
  }

  /**
   * Begins to follow a bucket until `signal` aborts: all of it, or only records of `kind`, or only those whose names begin with
   * `names`. The bucket need not exist yet. It is this datacenter's own unless `scope` names another.
   */
  static follow<B extends BucketDefinition, K extends KindOf<B> = KindOf<B>>(
    bus: Bus,
    definition: B,
    scope: MirrorScope<K>,
    signal: AbortSignal,
    events: MirrorEvents<ValueOf<B, K>> = {},
  ): Mirror<B, K> {
    const { kind, names = [], exact = false, datacenter = bus.datacenter } = scope;
    const filter = kind === undefined ? ">" : exact ? recordKey(kind, names) : `${recordKey(kind, names)}.>`;
    const mirror = new Mirror<B, K>(bus, datacenter, definition, filter, events);
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

  /**
   * When the bucket was made (RFC 3339) of which this is a copy; empty until it has been read to its end. Revisions of one that was made
   * at another time mean nothing here.
   */
  get madeAt(): string {
    return this.#copiedMadeAt;
  }

  /** The record of these names, or undefined. */
  get<G extends K>(kind: G, ...names: readonly string[]): Stored<ValueOf<B, G>> | undefined {
    return this.#records.get(recordKey(kind, names)) as Stored<ValueOf<B, G>> | undefined;
  }

  /** The record under a key, or undefined. */
  entry(key: string): Stored<ValueOf<B, K>> | undefined {
    return this.#records.get(key);
  }

  /** Every record with its key, in no order. */
  entries(): IterableIterator<[string, Stored<ValueOf<B, K>>]> {
    return this.#records.entries();
  }

  /**
   * Waits until this copy is at least as new as `revision`, which a write of a record that it follows has given: after that a reader
   * sees what was written. Throws a BusError `BEHIND` when that takes longer than `timeoutMs`.
   */
  reach(revision: number, timeoutMs = 5_000): Promise<void> {
    return this.#until(() => this.#revision >= revision, revision, timeoutMs);
  }

  /**
   * Waits until this copy holds all that had been written, by whomever, when it was asked: what its owner needs before it decides on
   * more than one record. Throws as `reach` does, or what NATS says when it cannot be asked.
   */
  async catchUp(timeoutMs = 5_000): Promise<void> {
    const last = await this.#lastSequence();
    await this.#until(() => this.#sequence >= last, last, timeoutMs);
  }

  #until(reached: () => boolean, revision: number, waitedMs: number): Promise<void> {
    const bucket = this.#definition.name;
    return this.#waiters.until(reached, waitedMs, () => {
      // A watch that brings nothing may have ended with the server that kept it.
      this.#beginAgain();
      return new BusError({ code: "BEHIND", bucket, revision, waitedMs });
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#path === "silent") await this.#bus.paths.whenOpen(this.#datacenter, signal);
        await this.#readAndFollow(signal);
      } catch (error) {
        if (signal.aborted || this.#bus.connection.isClosed()) return;
        const reason = reasonOf(error, this.#bus.role);
        // Not there yet is the usual case when everything starts at once; anything else is told.
        if (this.#path === "open" && !reason.includes("stream not found")) {
          this.#bus.log.warn({ ...this.#facts, reason }, "watch broke, begins again");
        }
        if (violationIn(error) !== undefined)
          await sleep(FORBIDDEN_RETRY_MS, undefined, { ref: false, signal }).catch(() => {});
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Reads everything under the filter, drops what was not met any more, then follows changes until the watch or the server ends. */
  async #readAndFollow(signal: AbortSignal): Promise<void> {
    const { kvm, manager } = await this.#bus.domain(this.#datacenter);
    const kv = await kvm.open(this.#definition.name);
    await this.#noticeAnotherBucket(manager);
    const entries = await kv.watch({ key: this.#filter });
    const stop = () => entries.stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    // An ordered consumer needs several missed heartbeats to find out that the server forgot it; a reconnect says so at once.
    const forget = this.#onReturn(stop);
    this.#beginAgain = stop;
    try {
      const met = new Set<string>();
      // Asked after the watch has begun, so that it will bring what is found here, or what has replaced it since. The watch itself
      // cannot say that all has been read: over nothing it sends no entry, and its count of what is still to come stays too high
      // when a record is written again just then (NATS 2.9).
      const last = await this.#lastSequence();
      let caughtUp = last === 0;
      if (caughtUp) this.#finishReading(met);
      for await (const entry of entries) {
        this.#apply(entry);
        this.#sequence = entry.revision;
        if (caughtUp) this.#bus.heard(entry.created);
        else {
          met.add(entry.key);
          // Deletes are not ignored: the last entry may be one.
          if (entry.revision >= last) {
            caughtUp = true;
            this.#finishReading(met);
          }
        }
        this.#waiters.wake();
      }
    } finally {
      stop();
      signal.removeEventListener("abort", stop);
      forget();
    }
  }

  /** Calls `listener` when NATS or the path to the other datacenter is back: what was sent meanwhile is lost. */
  #onReturn(listener: () => void): () => void {
    const forgetReconnect = this.#bus.onReconnect(listener);
    if (this.#datacenter === this.#bus.datacenter) return forgetReconnect;
    const forgetPath = this.#bus.paths.onChange((datacenter, state) => {
      if (datacenter === this.#datacenter && state === "open") listener();
    });
    return () => {
      forgetReconnect();
      forgetPath();
    };
  }

  get #path(): PathState {
    return this.#bus.paths.state(this.#datacenter);
  }

  /** What a log line needs to say of which mirror it speaks. */
  get #facts(): object {
    const elsewhere = this.#datacenter === this.#bus.datacenter ? {} : { datacenter: this.#datacenter };
    return { bucket: this.#definition.name, filter: this.#filter, ...elsewhere };
  }

  /** The sequence of the last message under the filter, a deletion too, or 0 when there is none. */
  async #lastSequence(): Promise<number> {
    const { name } = this.#definition;
    const { manager } = await this.#bus.domain(this.#datacenter);
    // Looking for the last message of any kind is a search, and longer the more there is.
    if (this.#filter === ">") return (await manager.streams.info(`KV_${name}`)).state.last_seq;
    const last = await manager.streams.getMessage(`KV_${name}`, { last_by_subj: `$KV.${name}.${this.#filter}` });
    return last?.seq ?? 0;
  }

  /** A server that came back with an empty store counts revisions from 1 again: those that are known here then mean nothing. */
  async #noticeAnotherBucket(manager: JetStreamManager): Promise<void> {
    const { created } = await manager.streams.info(`KV_${this.#definition.name}`);
    if (this.#madeAt !== "" && this.#madeAt !== created) {
      this.#bus.log.warn(this.#facts, "bucket was made anew");
      this.#revision = 0;
      this.#sequence = 0;
      for (const [key, { value }] of this.#records) this.#records.set(key, { value, revision: 0 });
    }
    this.#madeAt = created;
  }

  #apply(entry: KvWatchEntry): void {
    const { kind, names } = recordNames(entry.key);
    if (!this.#isCopy) this.#revision = Math.max(this.#revision, entry.revision);
    try {
      const { value, ...written } =
        entry.operation === "PUT"
          ? readRecord<ValueOf<B, K>>(this.#definition, entry.key, entry.value)
          : { value: undefined, ...readRemoval(entry.value) };
      const { revision = entry.revision, ...trace } = written;
      this.#revision = Math.max(this.#revision, revision);
      if (this.#records.get(entry.key)?.revision === revision) return;
      const record = value === undefined ? undefined : { value, revision };
      if (record !== undefined) this.#records.set(entry.key, record);
      else if (!this.#records.delete(entry.key)) return;
      this.#tell({ kind, names, revision, record, ...trace });
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      const reason = describeBusFailure(error.failure);
      this.#bus.log.warn({ ...this.#facts, key: entry.key, reason }, "record skipped");
    }
  }

  #finishReading(met: ReadonlySet<string>): void {
    for (const key of this.#records.keys()) {
      if (met.has(key)) continue;
      this.#records.delete(key);
      const { kind, names } = recordNames(key);
      this.#tell({ kind, names, revision: this.#revision, record: undefined });
    }
    this.#current = true;
    this.#copiedMadeAt = this.#madeAt;
    this.#listening(() => this.#events.current?.());
    this.#waiters.wake();
  }

  #tell(change: Change<ValueOf<B, K>>): void {
    this.#listening(() => this.#events.changed?.(change));
  }

  /** A listener that fails is told of, and neither ends the watch nor keeps the copy from being right. */
  #listening(call: () => void): void {
    try {
      call();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#bus.log.warn({ ...this.#facts, reason }, "listener failed");
    }
  }
}
