import type { BucketDefinition } from "@causeway/model";
import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { BucketState, Entry, Snapshot } from "./bucket-state.ts";
import type { Bus } from "./connection.ts";
import { filterOf, type MirrorScope } from "./mirror-scope.ts";
import { askForPart } from "./owner-part.ts";
import type { PathState } from "./paths.ts";

/** A bucket as NATS keeps it in one datacenter, as far as it is under one filter. */
export class BucketStream {
  /** The keys that are read, as NATS filters them. */
  readonly filter: string;
  readonly #bus: Bus;
  readonly #definition: BucketDefinition;
  readonly #scope: MirrorScope;
  readonly #datacenter: string;

  constructor(bus: Bus, definition: BucketDefinition, scope: MirrorScope, datacenter: string) {
    this.filter = filterOf(scope);
    this.#bus = bus;
    this.#definition = definition;
    this.#scope = scope;
    this.#datacenter = datacenter;
  }

  /** Calls `listener` when NATS or the path to the other datacenter is back: what was sent meanwhile is lost. */
  onReturn(listener: () => void): () => void {
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

  /** Whether it can be reached now. */
  get path(): PathState {
    return this.#bus.paths.state(this.#datacenter);
  }

  /** What a log line needs to say of what is read. */
  get facts(): object {
    const elsewhere = this.#datacenter === this.#bus.datacenter ? {} : { datacenter: this.#datacenter };
    return { bucket: this.#definition.name, filter: this.filter, ...elsewhere };
  }

  /** Asks for the bucket's state; throws what NATS says when there is none. */
  async state(): Promise<BucketState> {
    const { created, state } = await (await this.#manager()).streams.info(this.#name);
    return { madeAt: created, last: state.last_seq };
  }

  /**
   * Reads all that is there without a consumer having to look for it, at least up to what `state` says; undefined where only that
   * finds it.
   *
   * To begin with what is there, NATS 2.9 walks through every subject of the bucket for each consumer, which takes 0.1 s of its processor
   * time among 100,000 records. A consumer that begins after all of them is made in a millisecond.
   */
  async snapshot(state: BucketState): Promise<Snapshot | undefined> {
    const { kind, names = [], exact = false } = this.#scope;
    if (kind === undefined) return undefined;
    if (exact) return await this.#record(state.last);
    return this.#datacenter === this.#bus.datacenter
      ? await askForPart(this.#bus, this.#definition, { kind, names, state })
      : undefined;
  }

  /** Follows what is written after a sequence; without one, begins with the last of each key that is there. */
  async follow(after?: number) {
    const { kvm } = await this.#bus.domain(this.#datacenter);
    const kv = await kvm.open(this.#definition.name);
    return await kv.watch({ key: this.filter, ...(after === undefined ? {} : { resumeFromRevision: after + 1 }) });
  }

  /** The sequence of the last message under the filter, a deletion too, or 0 when there is none. */
  async lastSequence(): Promise<number> {
    // Looking for the last message of any kind is a search, and longer the more there is.
    if (this.filter === ">") return (await this.state()).last;
    return (await this.#last())?.seq ?? 0;
  }

  /** What had been written up to `last` is found, and so is all that came before what is found. */
  async #record(last: number): Promise<Snapshot> {
    const found = await this.#last();
    if (found === null) return { entries: [], sequence: last };
    return { entries: [this.#entryOf(found)], sequence: Math.max(last, found.seq) };
  }

  async #last(): Promise<StoredMsg | null> {
    return await (await this.#manager()).streams.getMessage(this.#name, { last_by_subj: this.#subject(this.filter) });
  }

  #entryOf({ subject, seq, data, header }: StoredMsg): Entry {
    const operation = header?.get("KV-Operation") || "PUT";
    return {
      key: subject.slice(this.#subject("").length),
      value: data,
      revision: seq,
      operation: operation === "PUT" ? "PUT" : "DEL",
    };
  }

  #subject(filter: string): string {
    return `$KV.${this.#definition.name}.${filter}`;
  }

  get #name(): string {
    return `KV_${this.#definition.name}`;
  }

  async #manager(): Promise<JetStreamManager> {
    return (await this.#bus.domain(this.#datacenter)).manager;
  }
}
