import { type Bus, type Change, Mirror } from "@causeway/bus";
import type { BucketDefinition } from "@causeway/model";
import type { ReadinessTask } from "@causeway/runtime";
import { ApiError } from "./http/errors.ts";
import { SharedReadings } from "./http/shared-readings.ts";
import type { Topics } from "./views/topics.ts";

/** What reads a bucket's changes into indexes that endpoints answer from. */
export type View = {
  readonly topics: Topics;
  /** False while it lacks what the bucket's owner writes into it first: it has only just been made. */
  readonly begun?: boolean;
  apply(change: Change<unknown>): void;
};

/** A bucket's mirror and the view that it feeds: all that endpoints read. */
export class Source<V extends View> {
  /** Readings of the view that several requests share. */
  readonly shared = new SharedReadings();
  readonly #bucket: string;
  readonly #view: V;
  readonly #mirror: Mirror<BucketDefinition>;
  readonly #required: boolean;
  /** Resolves when the bucket has been read for the first time, with what its owner writes first. */
  readonly whenCurrent: Promise<void>;

  private constructor(
    bucket: string,
    view: V,
    mirror: Mirror<BucketDefinition>,
    required: boolean,
    whenCurrent: Promise<void>,
  ) {
    this.#bucket = bucket;
    this.#view = view;
    this.#mirror = mirror;
    this.#required = required;
    this.whenCurrent = whenCurrent;
  }

  /**
   * Begins to follow `bucket` into `view` until `signal` aborts; `ready` is done when it has been read for the first time, with what its owner writes first.
   * Without `ready` the bucket may be one that never comes: until it does, it counts as empty.
   */
  static follow<V extends View>(
    bus: Bus,
    bucket: BucketDefinition,
    view: V,
    ready: ReadinessTask | undefined,
    signal: AbortSignal,
  ): Source<V> {
    const current = Promise.withResolvers<void>();
    const check = () => {
      if (!mirror.current || view.begun === false) return;
      ready?.done();
      current.resolve();
    };
    const mirror = Mirror.follow(bus, bucket, {}, signal, {
      changed: (change) => {
        view.apply(change);
        check();
      },
      current: () => {
        // Records that were deleted before the first reading left no trace of when, so every index starts here.
        view.topics.startFrom(mirror.revision);
        check();
      },
    });
    return new Source(bucket.name, view, mirror, ready !== undefined, current.promise);
  }

  /** True once the bucket has been read. */
  get current(): boolean {
    return this.#mirror.current;
  }

  /** What readers of the view can wait for; there from the start. */
  get topics(): Topics {
    return this.#view.topics;
  }

  /** The last revision seen. */
  get revision(): number {
    return this.#mirror.revision;
  }

  /** The view. Throws an ApiError `NOT_READY` while the bucket must be there and has not been read yet. */
  get view(): V {
    if (this.#required && !this.#mirror.current) throw new ApiError({ code: "NOT_READY", bucket: this.#bucket });
    return this.#view;
  }

  /** How many long polls wait for a change. */
  get waiting(): number {
    return this.#view.topics.waiting;
  }

  /** Resolves when the view shows what was written at `revision`. Throws a BusError `BEHIND` when that takes too long. */
  reach(revision: number): Promise<void> {
    return this.#mirror.reach(revision);
  }

  /** Resolves when the view shows all that was in the bucket when this was called. */
  async catchUp(): Promise<void> {
    if (!this.#required && !this.#mirror.current) return;
    await this.#mirror.catchUp();
  }

  /** Answers every long poll at once, so that the server can end. */
  close(): void {
    this.#view.topics.close();
  }
}
