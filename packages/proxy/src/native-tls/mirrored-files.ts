import type { TlsFileContents } from "../tls-files.ts";

/** What can be said of a set of TLS files: what they last held that was good, or why they have never been of use. */
export type FilesState =
  | { readonly kind: "good"; readonly contents: TlsFileContents }
  | { readonly kind: "unusable"; readonly reason: string };

/** Tells of a set of files, by its key; without a state, that it is of use no more. */
export type FilesOrder = { readonly kind: "files"; readonly key: string; readonly state: FilesState | undefined };

/** The contents of TLS files as the main thread has told them last. */
export class MirroredFiles {
  readonly #states = new Map<string, FilesState>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** What can be said of a set; `undefined` before it has been read. */
  state(key: string): FilesState | undefined {
    return this.#states.get(key);
  }

  /** Takes in what is new. */
  assign({ key, state }: FilesOrder): void {
    if (state === undefined) this.#states.delete(key);
    else this.#states.set(key, state);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const told of waiting) told();
  }

  /** Has `told` called when something new is told of a set. Gives what makes an end of waiting. */
  whenTold(key: string, told: () => void): () => void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(told));
    return () => waiting.delete(told);
  }
}
