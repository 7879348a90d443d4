import { type Bus, type Change, Mirror, type PathState } from "@causeway/bus";
import { BUCKETS, type BucketDefinition } from "@causeway/model";
import { type Watch, watchKey } from "./watch.ts";

/** Records of one watch by their key. */
export type Records = ReadonlyMap<string, unknown>;

/** What is known of one watch. */
export type SourceState = {
  /**
   * "unread" until the bucket has been read to its end; "restored" is what was known before this process started; "unreachable" is
   * nothing, since another datacenter's bucket cannot be read now and never was.
   */
  readonly from: "unread" | "restored" | "bucket" | "unreachable";
  readonly records: Records;
};

/** Told of each change of what is known. */
export type SourceEvents = {
  readonly changed: (watch: Watch, traceparent: string | undefined) => void;
  readonly pathChanged: (datacenter: string) => void;
};

type Source = {
  readonly watch: Watch;
  readonly stop: AbortController;
  mirror: Mirror<BucketDefinition> | undefined;
  /** Whether the bucket has been read to its end once. */
  read: boolean;
  /** The last value of a watch for one record, kept when the record is taken away. */
  last: unknown;
};

const NOTHING: Records = new Map();

/**
 * What a gateway knows of the control plane's state: one mirror for each watch that is open, and before those have been read, what was
 * last known on disk, once `useRestored` says so.
 *
 * One mirror per watch, since a NATS server before 2.10 takes only one filter for each.
 */
export class Sources {
  readonly #open = new Map<string, Source>();
  readonly #events: SourceEvents;
  readonly #restored: ReadonlyMap<string, Records>;
  #restoredInUse = false;
  #bus: Bus | undefined;
  #forgetPaths = () => {};
  /** Datacenters that somebody has asked about. */
  readonly #paths = new Set<string>();

  constructor(events: SourceEvents, restored: ReadonlyMap<string, Records> = new Map()) {
    this.#events = events;
    this.#restored = restored;
  }

  /** Begins to follow what is open, and from now on what will be. */
  connect(bus: Bus): void {
    this.#bus = bus;
    this.#forgetPaths = bus.paths.onChange((datacenter) => this.#pathChanged(datacenter));
    for (const source of this.#open.values()) this.#follow(source, bus);
  }

  /** Lets what was last known on disk stand in for what has not been read. */
  useRestored(): void {
    this.#restoredInUse = true;
    for (const datacenter of this.#paths) this.#events.pathChanged(datacenter);
    for (const { watch } of this.#open.values()) {
      if (this.state(watch).from === "restored") this.#events.changed(watch, undefined);
    }
  }

  open(watch: Watch): void {
    const key = watchKey(watch);
    if (this.#open.has(key)) return;
    const source: Source = { watch, stop: new AbortController(), mirror: undefined, read: false, last: undefined };
    this.#open.set(key, source);
    if (this.#bus !== undefined) this.#follow(source, this.#bus);
  }

  close(watch: Watch): void {
    const key = watchKey(watch);
    this.#open.get(key)?.stop.abort();
    this.#open.delete(key);
  }

  closeAll(): void {
    this.#forgetPaths();
    for (const { watch } of [...this.#open.values()]) this.close(watch);
  }

  /** What is known of a watch now. */
  state(watch: Watch): SourceState {
    const key = watchKey(watch);
    const source = this.#open.get(key);
    if (source?.mirror !== undefined && source.read) return { from: "bucket", records: valuesOf(source.mirror) };
    const unreachable = watch.datacenter !== undefined && this.path(watch.datacenter) === "silent";
    const restored = this.#restoredInUse || unreachable ? this.#restored.get(key) : undefined;
    if (restored !== undefined) return { from: "restored", records: restored };
    return { from: unreachable ? "unreachable" : "unread", records: NOTHING };
  }

  /** Whether another datacenter can be reached; none can when this process starts without the bus. */
  path(datacenter: string): PathState {
    this.#paths.add(datacenter);
    if (this.#bus !== undefined) return this.#bus.paths.state(datacenter);
    return this.#restoredInUse ? "silent" : "unheard";
  }

  /** The record of a watch for one record, or what it last was if it has been taken away since. */
  last(watch: Watch): unknown {
    return this.#open.get(watchKey(watch))?.last;
  }

  /** What its bucket says of a watch; undefined when the watch is not open, or has not been read to its end. */
  read(watch: Watch): Records | undefined {
    const { from, records } = this.state(watch);
    return from === "bucket" ? records : undefined;
  }

  /** Every watch that is open. */
  watches(): readonly Watch[] {
    return [...this.#open.values()].map(({ watch }) => watch);
  }

  #follow(source: Source, bus: Bus): void {
    const { watch, stop } = source;
    const { kind, names, datacenter = bus.datacenter } = watch;
    const scope = { kind, names, exact: watch.scope === "record", datacenter };
    source.mirror = Mirror.follow<BucketDefinition>(bus, BUCKETS[watch.bucket], scope, stop.signal, {
      changed: (change) => this.#changed(source, change),
      current: () => this.#becameCurrent(source),
    });
  }

  /** What could not be read of a datacenter is known to be unreachable now, or will be read. */
  #pathChanged(datacenter: string): void {
    this.#events.pathChanged(datacenter);
    for (const { watch, read } of this.#open.values()) {
      if (watch.datacenter === datacenter && !read) this.#events.changed(watch, undefined);
    }
  }

  #changed(source: Source, { record, traceparent }: Change<unknown>): void {
    if (record !== undefined && source.watch.scope === "record") source.last = record.value;
    // Until all has been read, a part of it would look like the whole.
    if (source.read && !source.stop.signal.aborted) this.#events.changed(source.watch, traceparent);
  }

  /** The bucket is read again after each reconnection, but what has changed meanwhile is then told record by record. */
  #becameCurrent(source: Source): void {
    if (source.read || source.stop.signal.aborted) return;
    source.read = true;
    this.#events.changed(source.watch, undefined);
  }
}

function valuesOf(mirror: Mirror<BucketDefinition>): Records {
  return new Map([...mirror.entries()].map(([key, { value }]) => [key, value]));
}
