import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory that is removed, with all that is in it, when it is disposed of. */
export type TemporaryDirectory = AsyncDisposable & {
  readonly path: string;
  /** Writes a file, and the folders above it, and gives its absolute path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
};

/** Makes a directory of its own below the system's folder for temporary files. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), "causeway-"));
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    async [Symbol.asyncDispose]() {
      // Again when something is still being written in it.
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    },
  };
}
