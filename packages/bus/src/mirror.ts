import { setTimeout as sleep } from "node:timers/promises";
import type { BucketDefinition } from "@causeway/model";
import type { Snapshot } from "./bucket-state.ts";
import { BucketStream } from "./bucket-stream.ts";
import type { Bus } from "./connection.ts";
import { BusError } from "./errors.ts";
import type { MirrorEvents, MirrorScope } from "./mirror-scope.ts";
import { MirroredRecords } from "./mirrored-records.ts";
import { type KindOf, recordKey, type Stored, type ValueOf } from "./record.ts";
import { reasonOf, violationIn } from "./refused.ts";
import { Waiters } from "./waiters.ts";

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
  readonly #waiters = new Waiters();
  readonly #bus: Bus;
  readonly #definition: B;
  readonly #datacenter: string;
  readonly #stream: BucketStream;
  readonly #records: MirroredRecords<B, K>;
  #beginAgain = () => {};

  private constructor(bus: Bus, definition: B, scope: MirrorScope<K>, events: MirrorEvents<ValueOf<B, K>>) {
    const { datacenter = bus.datacenter } = scope;
    this.#bus = bus;
    this.#definition = definition;
    this.#datacenter = datacenter;
    this.#stream = new BucketStream(bus, definition, scope, datacenter);
    const isCopy = definition.global === true && datacenter !== bus.primaryDatacenter;
    this.#records = new MirroredRecords({ definition, isCopy, events, log: bus.log, facts: this.#stream.facts });
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
    const mirror = new Mirror<B, K>(bus, definition, scope, events);
    void mirror.#run(signal);
    return mirror;
  }

  /** True once the bucket has been read to its end; it stays true while NATS is away. */
  get current(): boolean {
    return this.#records.madeAt !== "";
  }

  /** The last revision seen: what this copy is known to be as new as. */
  get revision(): number {
    return this.#records.revision;
  }

  /**
   * When the bucket was made (RFC 3339) of which this is a copy; empty until it has been read to its end. Revisions of one that was made
   * at another time mean nothing here.
   */
  get madeAt(): string {
    return this.#records.madeAt;
  }

  /** The record of these names, or undefined. */
  get<G extends K>(kind: G, ...names: readonly string[]): Stored<ValueOf<B, G>> | undefined {
    return this.#records.byKey.get(recordKey(kind, names)) as Stored<ValueOf<B, G>> | undefined;
  }

  /** The record under a key, or undefined. */
  entry(key: string): Stored<ValueOf<B, K>> | undefined {
    return this.#records.byKey.get(key);
  }

  /** Every record with its key, in no order. */
  entries(): IterableIterator<[string, Stored<ValueOf<B, K>>]> {
    return this.#records.byKey.entries();
  }

  /**
   * Waits until this copy is at least as new as `revision`, which a write of a record that it follows has given: after that a reader
   * sees what was written. Throws a BusError `BEHIND` when that takes longer than `timeoutMs`.
   */
  reach(revision: number, timeoutMs = 5_000): Promise<void> {
    return this.#until(() => this.revision >= revision, revision, timeoutMs);
  }

  /**
   * Waits until this copy holds all that had been written, by whomever, when it was asked: what its owner needs before it decides on
   * more than one record. Throws as `reach` does, or what NATS says when it cannot be asked.
   */
  async catchUp(timeoutMs = 5_000): Promise<void> {
    const last = await this.#stream.lastSequence();
    await this.#until(() => this.#records.sequence >= last, last, timeoutMs);
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
        if (this.#stream.path === "silent") await this.#bus.paths.whenOpen(this.#datacenter, signal);
        await this.#readAndFollow(signal);
      } catch (error) {
        if (signal.aborted || this.#bus.connection.isClosed()) return;
        const reason = reasonOf(error, this.#bus.role);
        // Not there yet is the usual case when everything starts at once; anything else is told.
        if (this.#stream.path === "open" && !reason.includes("stream not found")) {
          this.#bus.log.warn({ ...this.#stream.facts, reason }, "watch broke, begins again");
        }
        if (violationIn(error) !== undefined)
          await sleep(FORBIDDEN_RETRY_MS, undefined, { ref: false, signal }).catch(() => {});
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Reads everything under the filter, drops what was not met any more, then follows changes until the watch or the server ends. */
  async #readAndFollow(signal: AbortSignal): Promise<void> {
    const round = new AbortController();
    const stop = () => round.abort();
    signal.addEventListener("abort", stop, { once: true });
    // An ordered consumer needs several missed heartbeats to find out that the server forgot it; a reconnect says so at once.
    const forget = this.#stream.onReturn(stop);
    this.#beginAgain = stop;
    try {
      if (signal.aborted) return;
      const state = await this.#stream.state();
      this.#records.begin(state.madeAt);
      const snapshot = await this.#stream.snapshot(state);
      if (round.signal.aborted) return;
      if (snapshot !== undefined) this.#takeIn(snapshot);
      await this.#follow(snapshot, round.signal);
    } finally {
      stop();
      signal.removeEventListener("abort", stop);
      forget();
    }
  }

  #takeIn({ entries, sequence }: Snapshot): void {
    for (const entry of entries) this.#records.apply(entry);
    this.#finish(sequence);
  }

  #finish(sequence: number): void {
    this.#records.finish(sequence);
    this.#waiters.wake();
  }

  /** Follows what comes after a snapshot, or without one all: what is there, to its end, and then what comes. */
  async #follow(snapshot: Snapshot | undefined, signal: AbortSignal): Promise<void> {
    const entries = await this.#stream.follow(snapshot?.sequence);
    const stop = () => entries.stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    // Asked after the watch has begun, so that it will bring what is found here, or what has replaced it since. The watch itself
    // cannot say that all has been read: over nothing it sends no entry, and its count of what is still to come stays too high
    // when a record is written again just then (NATS 2.9).
    const last = snapshot === undefined ? await this.#stream.lastSequence() : snapshot.sequence;
    let caughtUp = snapshot !== undefined;
    const finishAt = (sequence: number) => {
      // Deletes are not ignored: the last entry may be one.
      if (sequence < last) return;
      caughtUp = true;
      this.#finish(sequence);
    };
    if (!caughtUp) finishAt(0);
    for await (const entry of entries) {
      this.#records.apply(entry);
      if (caughtUp) this.#bus.heard(entry.created);
      else finishAt(entry.revision);
      this.#waiters.wake();
    }
  }
}
