import { setTimeout as sleep } from "node:timers/promises";
import type { BucketDefinition } from "@causeway/model";
import { backoff, currentTraceparent } from "@causeway/runtime";
import { JetStreamApiError } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { headers } from "@nats-io/transport-node";
import { checked, encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { isCopy, keepCopy } from "./copy.ts";
import { noteWritten, refuseLate } from "./deadline.ts";
import { BusError } from "./errors.ts";
import { type KindOf, readRecord, recordKey, type Stored, type ValueOf } from "./record.ts";
import { permitted } from "./refused.ts";

/** NATS: "wrong last sequence". */
const WRONG_LAST_SEQUENCE = 10_071;

/** A writer that has lost the race so often in a row is not racing but broken. */
const MAX_ATTEMPTS = 50;

/** Pauses after a lost race: a write takes about a millisecond. */
const RACE_PAUSE = { baseMs: 2, maxMs: 100 };

/**
 * A key-value bucket as its owner uses it: values are checked against their schema on the way in and out, and every write is a
 * compare-and-set, so that replicas of the owner cannot overwrite each other.
 */
export class Bucket<B extends BucketDefinition> {
  readonly definition: B;
  readonly #bus: Bus;
  readonly #kv: KV;
  /** By key, the last change that was begun. */
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(definition: B, bus: Bus, kv: KV) {
    this.definition = definition;
    this.#bus = bus;
    this.#kv = kv;
  }

  /**
   * Opens the owner's bucket, making it when it is not there. `replicas` is 1 or, where the deployment has a cluster, 3.
   *
   * Of a global bucket, every datacenter but the primary one has a copy that can only be read, and is kept up to date by whoever has
   * opened it; see `keepCopy`.
   */
  static async open<B extends BucketDefinition>(bus: Bus, definition: B, replicas = 1): Promise<Bucket<B>> {
    if (isCopy(bus, definition)) await keepCopy(bus, definition, replicas);
    else await permitted(bus.role, () => bus.kvm.create(definition.name, { history: 1, replicas }));
    // Opened anew, since a bucket that was created reads from any replica of the stream, which may be behind; this one asks the leader.
    return new Bucket(definition, bus, await bus.kvm.open(definition.name));
  }

  /** Reads a record, or gives undefined when there is none. */
  async get<K extends KindOf<B>>(kind: K, ...names: readonly string[]): Promise<Stored<ValueOf<B, K>> | undefined> {
    await this.#bus.whenConnected();
    const entry = await permitted(this.#bus.role, () => this.#kv.get(recordKey(kind, names)));
    if (entry === null || entry.operation !== "PUT") return undefined;
    const { value, revision = entry.revision } = readRecord<ValueOf<B, K>>(this.definition, entry.key, entry.value);
    return { value, revision };
  }

  /** Writes a record that must not exist; gives its revision. Throws a BusError `CONFLICT` when it exists. */
  create<K extends KindOf<B>>(kind: K, names: readonly string[], value: ValueOf<B, K>): Promise<number> {
    const key = recordKey(kind, names);
    return this.#guard(key, () => this.#kv.create(key, this.#pack(kind, key, value)));
  }

  /** Writes a record whose last revision is `revision`; gives the new one. Throws a BusError `CONFLICT` when it has changed. */
  update<K extends KindOf<B>>(
    kind: K,
    names: readonly string[],
    value: ValueOf<B, K>,
    revision: number,
  ): Promise<number> {
    const key = recordKey(kind, names);
    return this.#guard(key, () => this.#kv.update(key, this.#pack(kind, key, value), revision));
  }

  /**
   * Takes a record away and gives the revision of that. Throws a BusError `CONFLICT` when it is no longer at `revision`.
   *
   * Published as the marker that KV prescribes for a delete, because the client's own `delete` does not tell the revision.
   * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md
   */
  remove<K extends KindOf<B>>(kind: K, names: readonly string[], revision: number): Promise<number> {
    const key = recordKey(kind, names);
    const marker = headers();
    marker.set("KV-Operation", "DEL");
    const expect = { lastSubjectSequence: revision };
    return this.#guard(key, async () => {
      const subject = `$KV.${this.definition.name}.${key}`;
      const { seq } = await this.#bus.jetstream.publish(subject, new Uint8Array(), { headers: marker, expect });
      return seq;
    });
  }

  /**
   * Writes a record, or with undefined takes it away, if nothing at all has been written to the bucket since `revision`: for what is
   * decided from more than one record. Gives the new revision. Throws a BusError `CONFLICT` when something has been written.
   */
  writeAfter<K extends KindOf<B>>(
    revision: number,
    kind: K,
    names: readonly string[],
    value: ValueOf<B, K> | undefined,
  ): Promise<number> {
    const key = recordKey(kind, names);
    const marker = headers();
    if (value === undefined) marker.set("KV-Operation", "DEL");
    const expect = { lastSequence: revision };
    return this.#guard(key, async () => {
      const payload = value === undefined ? new Uint8Array() : this.#pack(kind, key, value);
      const subject = `$KV.${this.definition.name}.${key}`;
      const { seq } = await this.#bus.jetstream.publish(subject, payload, { headers: marker, expect });
      return seq;
    });
  }

  /**
   * Changes a record in one step: reads it, asks `decide` for the next value, writes that, and begins again when another replica was
   * faster. `decide` gives undefined to take the record away and the current value itself to leave all as it is; what it throws is
   * passed on. Changes of one key by one process wait for each other.
   *
   * Gives the revision that the record is at afterwards (0 when there was none and there is none).
   */
  async change<K extends KindOf<B>>(
    kind: K,
    names: readonly string[],
    decide: (current: Stored<ValueOf<B, K>> | undefined) => ValueOf<B, K> | undefined,
  ): Promise<number> {
    const key = recordKey(kind, names);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#change(kind, names, decide));
    const over = turn.catch(() => {});
    this.#turns.set(key, over);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === over) this.#turns.delete(key);
    }
  }

  async #change<K extends KindOf<B>>(
    kind: K,
    names: readonly string[],
    decide: (current: Stored<ValueOf<B, K>> | undefined) => ValueOf<B, K> | undefined,
  ): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.get(kind, ...names);
      const next = decide(current);
      if (next === current?.value) return current?.revision ?? 0;
      try {
        if (current === undefined) return await this.create(kind, names, next as ValueOf<B, K>);
        if (next === undefined) return await this.remove(kind, names, current.revision);
        return await this.update(kind, names, next, current.revision);
      } catch (error) {
        const lost = error instanceof BusError && error.failure.code === "CONFLICT";
        if (!lost || attempt === MAX_ATTEMPTS) throw error;
      }
      await sleep(backoff(attempt, RACE_PAUSE));
    }
  }

  #pack<K extends KindOf<B>>(kind: K, key: string, value: ValueOf<B, K>): Uint8Array {
    const schema = this.definition.kinds[kind];
    if (schema === undefined) throw new BusError({ code: "INVALID", what: key, field: "kind", reason: "is not known" });
    const traceparent = currentTraceparent();
    const record = checked<unknown>(schema, value, `${this.definition.name} ${key}`);
    return encode(traceparent === undefined ? { value: record } : { value: record, traceparent });
  }

  async #guard(key: string, write: () => Promise<number>): Promise<number> {
    if (isCopy(this.#bus, this.definition)) {
      throw new BusError({ code: "READ_ONLY", bucket: this.definition.name, primary: this.#bus.primaryDatacenter });
    }
    await this.#bus.whenConnected();
    refuseLate();
    try {
      const revision = await permitted(this.#bus.role, write);
      noteWritten();
      return revision;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) {
        throw new BusError({ code: "CONFLICT", bucket: this.definition.name, key }, { cause: error });
      }
      throw error;
    }
  }
}
