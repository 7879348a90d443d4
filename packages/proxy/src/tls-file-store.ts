import { dirname } from "node:path";
import type { Clock, Timer } from "@causeway/runtime";
import { DirectoryWatches } from "./directory-watches.ts";
import { ConnectionError } from "./errors.ts";
import type { FilesState } from "./native-tls/mirrored-files.ts";
import type { ProxyLog } from "./options.ts";
import { SecureClient } from "./secure-client.ts";
import { fileSetKey, pathsOf, readTlsFiles, secureContextOf, signatureOf, type TlsFileSet } from "./tls-files.ts";

/** A set of files that cannot be used as it is now. */
export type FileError = {
  readonly files: readonly string[];
  readonly reason: string;
  readonly sinceMs: number;
  /** Whether connections go on with what the files held before. */
  readonly usingLastGood: boolean;
};

/** One set of files: what they last held that was good, and what is wrong with them now. */
type Entry = {
  readonly files: TlsFileSet;
  signature: string;
  client: SecureClient | undefined;
  error: { readonly reason: string; readonly sinceMs: number } | undefined;
  /** Set while the files are being read; reads of one set follow one another. */
  reading: Promise<void>;
};

/** What the store works with. */
export type FileStoreOptions = {
  readonly log: ProxyLog;
  readonly clock: Clock;
  readonly pollMs: number;
  /** Told what can be said of a set whenever that has changed, and that it is used no more; nobody unless told. */
  readonly changed?: (files: TlsFileSet, state: FilesState | undefined) => void;
};

// A renewal writes two or three files; read in between, they would not belong together.
const SETTLE_MS = 50;

/**
 * TLS contexts made of files on this host, made anew when the files change.
 *
 * Changes are seen by watching the directories and, should that fail, by comparing the files regularly. When files cannot be used, the
 * last good contents stay in use and the error is shown.
 */
export class TlsFileStore {
  readonly #options: FileStoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #watches = new DirectoryWatches((directory) => this.#settleDirectory(directory));
  readonly #settling = new Map<string, Timer>();
  #poll: Timer | undefined;
  #closed = false;

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.#schedulePoll();
  }

  /** Keeps these sets and no others; resolves when each has been read once, well or not. */
  async use(sets: readonly TlsFileSet[]): Promise<void> {
    const wanted = new Map(sets.map((files) => [fileSetKey(files), files]));
    for (const [key, { files, client }] of this.#entries) {
      if (wanted.has(key)) continue;
      this.#entries.delete(key);
      client?.close();
      this.#options.changed?.(files, undefined);
    }
    const added = [...wanted].filter(([key]) => !this.#entries.has(key)).map(([key, files]) => this.#add(key, files));
    this.#watchDirectories();
    await Promise.all(added.map(({ reading }) => reading));
  }

  /** What the files make to begin TLS with; rejects with TLS_FILES_UNUSABLE when they have never been good. */
  async client(files: TlsFileSet): Promise<SecureClient> {
    const key = fileSetKey(files);
    const entry = this.#entries.get(key) ?? this.#add(key, files);
    if (entry.client === undefined) await entry.reading;
    if (entry.client !== undefined) return entry.client;
    throw new ConnectionError({ code: "TLS_FILES_UNUSABLE", reason: entry.error?.reason ?? "they have not been read" });
  }

  /** The sets that cannot be used as they are now. */
  errors(): readonly FileError[] {
    return [...this.#entries.values()].flatMap(({ files, error, client }) =>
      error === undefined ? [] : { files: pathsOf(files), ...error, usingLastGood: client !== undefined },
    );
  }

  /** Watches nothing any more. */
  close(): void {
    this.#closed = true;
    this.#poll?.cancel();
    for (const timer of this.#settling.values()) timer.cancel();
    this.#watches.close();
    this.#entries.clear();
  }

  #add(key: string, files: TlsFileSet): Entry {
    const entry: Entry = { files, signature: "", client: undefined, error: undefined, reading: Promise.resolve() };
    this.#entries.set(key, entry);
    void this.#read(entry);
    return entry;
  }

  #read(entry: Entry): Promise<void> {
    entry.reading = entry.reading.then(() => this.#load(entry));
    return entry.reading;
  }

  async #load(entry: Entry): Promise<void> {
    const { log, clock } = this.#options;
    const files = pathsOf(entry.files);
    // Taken first: a change during the reading then counts as one after it.
    entry.signature = await signatureOf(entry.files);
    try {
      const renewed = entry.client !== undefined;
      const contents = await readTlsFiles(entry.files);
      const context = secureContextOf(contents, entry.files);
      entry.client?.close();
      entry.client = new SecureClient(context, [contents.ca], () => clock.now());
      this.#tell(entry, { kind: "good", contents });
      if (renewed || entry.error !== undefined) log.info({ files }, "TLS files loaded anew");
      entry.error = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (entry.error?.reason === reason) return;
      entry.error = { reason, sinceMs: clock.now() };
      if (entry.client === undefined) this.#tell(entry, { kind: "unusable", reason });
      log.warn({ files, reason, usingLastGood: entry.client !== undefined }, "TLS files cannot be used");
    }
  }

  #tell({ files }: Entry, state: FilesState): void {
    // It may have been dropped while it was being read.
    if (this.#entries.has(fileSetKey(files))) this.#options.changed?.(files, state);
  }

  #watchDirectories(): void {
    const paths = [...this.#entries.values()].flatMap(({ files }) => pathsOf(files));
    this.#watches.watch(new Set(paths.map((path) => dirname(path))));
  }

  #settleDirectory(directory: string): void {
    this.#settling.get(directory)?.cancel();
    const read = () => {
      this.#settling.delete(directory);
      const touched = ({ files }: Entry) => pathsOf(files).some((path) => dirname(path) === directory);
      void this.#compare([...this.#entries.values()].filter(touched));
    };
    this.#settling.set(directory, this.#options.clock.setTimer(SETTLE_MS, read));
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#poll = this.#options.clock.setTimer(this.#options.pollMs, () => {
      this.#watchDirectories();
      void this.#compare([...this.#entries.values()]).finally(() => this.#schedulePoll());
    });
  }

  /** Reads those sets again of which a file has changed since they were last read. */
  async #compare(entries: readonly Entry[]): Promise<void> {
    await Promise.all(
      entries.map(async (entry) => {
        if ((await signatureOf(entry.files)) !== entry.signature) await this.#read(entry);
      }),
    );
  }
}
