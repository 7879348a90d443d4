import { checked } from "@causeway/bus";
import { BUCKETS, type BucketDefinition, type BucketId } from "@causeway/model";
import type { Clock, Timer } from "@causeway/runtime";
import type { PrivateFiles } from "./private-files.ts";
import type { Records } from "./sources.ts";
import { type Watch, watchKey } from "./watch.ts";

/** One file: everything that was known of one watch. */
type StateFile = {
  readonly datacenter: string;
  readonly key: string;
  readonly bucket: BucketId;
  readonly kind: string;
  readonly records: readonly (readonly [key: string, value: unknown])[];
};

export type StateFilesOptions = {
  readonly files: PrivateFiles;
  readonly datacenter: string;
  readonly clock: Clock;
  readonly failed: (facts: { readonly what: string; readonly reason: string }) => void;
};

/** Changes are written together after so long; what a crash loses of them is still in NATS. */
const WRITE_AFTER_MS = 200;

/** Gives what is known of a watch when it is asked; undefined when the watch is not followed any more. */
export type ReadRecords = () => Records | undefined;

/** What a gateway knows, kept on disk: one file for each watch, so that writing one costs what changed and not what there is. */
export class StateFiles {
  readonly #options: StateFilesOptions;
  readonly #dirty = new Map<string, { readonly watch: Watch; readonly read: ReadRecords }>();
  #timer: Timer | undefined;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateFilesOptions) {
    this.#options = options;
  }

  /** Notes that something else is known of a watch, or that it is not followed any more: `read` is asked when it is written. */
  changed(watch: Watch, read: ReadRecords): void {
    if (this.#closed) return;
    this.#dirty.set(watchKey(watch), { watch, read });
    this.#timer ??= this.#options.clock.setTimer(WRITE_AFTER_MS, () => void this.flush());
  }

  /** Writes what has changed. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const dirty = [...this.#dirty.values()];
    this.#dirty.clear();
    for (const { watch, read } of dirty) this.#then(watchKey(watch), () => this.#write(watch, read()));
    return this.#writing;
  }

  /** Writes what has changed, and nothing after that. */
  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  /** Removes the file of a watch that nobody follows. */
  forget(key: string): void {
    this.#then(key, () => this.#options.files.remove(key));
  }

  #then(what: string, work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#options.failed({ what, reason: error instanceof Error ? error.message : String(error) });
    });
  }

  async #write(watch: Watch, records: Records | undefined): Promise<void> {
    const { files, datacenter } = this.#options;
    const key = watchKey(watch);
    if (records === undefined) return files.remove(key);
    const { bucket, kind } = watch;
    const content: StateFile = { datacenter, key, bucket, kind, records: [...records] };
    await files.write(key, JSON.stringify(content));
  }
}

/** Reads what was known before, by watch key. A file that cannot be read, or does not fit its schema, is told and left out. */
export async function readStateFiles({
  files,
  datacenter,
  failed,
}: Pick<StateFilesOptions, "files" | "datacenter" | "failed">): Promise<ReadonlyMap<string, Records>> {
  const restored = new Map<string, Records>();
  for (const content of await files.readAll()) {
    try {
      const file = JSON.parse(content) as StateFile;
      if (file.datacenter === datacenter) restored.set(file.key, readRecords(file));
    } catch (error) {
      failed({ what: "state file", reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return restored;
}

function readRecords({ bucket, kind, records }: StateFile): Records {
  const definition: BucketDefinition = BUCKETS[bucket];
  const schema = definition.kinds[kind];
  if (schema === undefined) throw new Error(`bucket ${bucket} has no records of kind ${kind}`);
  return new Map(records.map(([key, value]) => [key, checked<unknown>(schema, value, key)]));
}
