import type { BucketDefinition } from "@causeway/model";
import type { Entry } from "./bucket-state.ts";
import type { BusLog } from "./connection.ts";
import { BusError, describeBusFailure } from "./errors.ts";
import type { Change, MirrorEvents } from "./mirror-scope.ts";
import { type KindOf, readRecord, readRemoval, recordNames, type Stored, type ValueOf } from "./record.ts";

/** What records are copied of, and who is told of them. */
export type CopiedFrom<T> = {
  readonly definition: BucketDefinition;
  /** Whether what is read is a copy itself, whose records say which revision they are of. */
  readonly isCopy: boolean;
  readonly events: MirrorEvents<T>;
  readonly log: BusLog;
  /** What a log line needs to say of which mirror it speaks. */
  readonly facts: object;
};

/** The records of a mirror: takes in what is read of a bucket, and tells of what that has changed. */
export class MirroredRecords<B extends BucketDefinition, K extends KindOf<B>> {
  readonly byKey = new Map<string, Stored<ValueOf<B, K>>>();
  readonly #from: CopiedFrom<ValueOf<B, K>>;
  /** The last revision in terms of whoever writes the bucket, which may be another datacenter. */
  #revision = 0;
  /** The last one in terms of the stream that is read. */
  #sequence = 0;
  /** When the bucket that is being read was made. */
  #madeAt = "";
  /** When the bucket that was read to its end last was made. */
  #copiedMadeAt = "";
  /** The keys that have been met since the reading began; undefined once it has come to the end. */
  #met: Set<string> | undefined;

  constructor(from: CopiedFrom<ValueOf<B, K>>) {
    this.#from = from;
  }

  get revision(): number {
    return this.#revision;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** When the bucket was made of which these are a copy; empty until it has been read to its end. */
  get madeAt(): string {
    return this.#copiedMadeAt;
  }

  /**
   * Begins to read the bucket that was made then. A server that came back with an empty store counts revisions from 1 again: those that are
   * known here then mean nothing.
   */
  begin(madeAt: string): void {
    if (this.#madeAt !== "" && this.#madeAt !== madeAt) {
      this.#from.log.warn(this.#from.facts, "bucket was made anew");
      this.#revision = 0;
      this.#sequence = 0;
      for (const [key, { value }] of this.byKey) this.byKey.set(key, { value, revision: 0 });
    }
    this.#madeAt = madeAt;
    this.#met = new Set();
  }

  /** Takes in what the stream holds under one key. What cannot be read is told of and skipped; its last good value stays. */
  apply(entry: Entry): void {
    this.#met?.add(entry.key);
    this.#sequence = Math.max(this.#sequence, entry.revision);
    if (!this.#from.isCopy) this.#revision = Math.max(this.#revision, entry.revision);
    try {
      this.#set(entry);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      const reason = describeBusFailure(error.failure);
      this.#from.log.warn({ ...this.#from.facts, key: entry.key, reason }, "record skipped");
    }
  }

  #set(entry: Entry): void {
    const { key } = entry;
    const { value, ...written } =
      entry.operation === "PUT"
        ? readRecord<ValueOf<B, K>>(this.#from.definition, key, entry.value)
        : { value: undefined, ...readRemoval(entry.value) };
    const { revision = entry.revision, ...trace } = written;
    this.#revision = Math.max(this.#revision, revision);
    if (this.byKey.get(key)?.revision === revision) return;
    const record = value === undefined ? undefined : { value, revision };
    if (record !== undefined) this.byKey.set(key, record);
    else if (!this.byKey.delete(key)) return;
    this.#tell({ ...recordNames(key), revision, record, ...trace });
  }

  /** The bucket has been read to its end, up to `sequence`: what was not met is gone. */
  finish(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
    if (!this.#from.isCopy) this.#revision = Math.max(this.#revision, sequence);
    for (const key of this.byKey.keys()) {
      if (this.#met?.has(key)) continue;
      this.byKey.delete(key);
      this.#tell({ ...recordNames(key), revision: this.#revision, record: undefined });
    }
    this.#met = undefined;
    this.#copiedMadeAt = this.#madeAt;
    this.#listening(() => this.#from.events.current?.());
  }

  #tell(change: Change<ValueOf<B, K>>): void {
    this.#listening(() => this.#from.events.changed?.(change));
  }

  /** A listener that fails is told of, and neither ends the watch nor keeps the copy from being right. */
  #listening(call: () => void): void {
    try {
      call();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#from.log.warn({ ...this.#from.facts, reason }, "listener failed");
    }
  }
}
