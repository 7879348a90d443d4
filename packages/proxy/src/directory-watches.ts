import { type FSWatcher, watch } from "node:fs";

/** Watches directories, each once; a directory rather than a file, because files are mostly replaced and not written. */
export class DirectoryWatches {
  readonly #changed: (directory: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(changed: (directory: string) => void) {
    this.#changed = changed;
  }

  /** Watches these directories and no others. One that cannot be watched, as it does not exist, is tried again with the next call. */
  watch(directories: ReadonlySet<string>): void {
    for (const directory of this.#watchers.keys()) if (!directories.has(directory)) this.#stop(directory);
    for (const directory of directories) if (!this.#watchers.has(directory)) this.#start(directory);
  }

  /** Watches nothing any more. */
  close(): void {
    for (const directory of this.#watchers.keys()) this.#stop(directory);
  }

  #start(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed(directory));
      watcher.on("error", () => this.#stop(directory));
      this.#watchers.set(directory, watcher);
    } catch {
      // Not there, or no more watches to be had: the regular comparison of the files sees changes all the same.
    }
  }

  #stop(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }
}
