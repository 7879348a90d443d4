import { keyToken } from "@causeway/model";
import { type SealKey, seal, unseal } from "@causeway/pki";
import type { HeldLeaf } from "./leaves.ts";
import type { PrivateFiles } from "./private-files.ts";

export type LeafFilesOptions = {
  readonly files: PrivateFiles;
  /** What private keys are sealed with. */
  readonly sealKey: SealKey;
  readonly failed: (facts: { readonly what: string; readonly reason: string }) => void;
};

/** One file: whose leaf it is in the open, all else sealed. */
type LeafFile = { readonly service: string; readonly sealed: string };

/** Leaves kept on disk, each sealed, so that a gateway that starts while nobody can sign one still has its own. */
export class LeafFiles {
  readonly #options: LeafFilesOptions;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LeafFilesOptions) {
    this.#options = options;
  }

  /** Keeps the leaf of a service in place of the one before, or none. */
  keep(service: string, leaf: HeldLeaf | undefined): void {
    this.#writing = this.#writing
      .then(() => this.#keep(service, leaf))
      .catch((error: unknown) => {
        this.#options.failed({ what: `leaf of ${service}`, reason: describe(error) });
      });
  }

  /** Resolves when all that was to be kept is on disk. */
  flush(): Promise<void> {
    return this.#writing;
  }

  /** The leaves that are kept, by service. One that cannot be opened is told and left out: a new one will be asked for. */
  async readAll(failed: LeafFilesOptions["failed"]): Promise<ReadonlyMap<string, HeldLeaf>> {
    const { files, sealKey } = this.#options;
    const leaves = new Map<string, HeldLeaf>();
    for (const content of await files.readAll()) {
      try {
        const { service, sealed } = JSON.parse(content) as LeafFile;
        leaves.set(service, JSON.parse(unseal(sealed, sealKey, purposeOf(service))) as HeldLeaf);
      } catch (error) {
        failed({ what: "leaf file", reason: describe(error) });
      }
    }
    return leaves;
  }

  async #keep(service: string, leaf: HeldLeaf | undefined): Promise<void> {
    const { files, sealKey } = this.#options;
    if (leaf === undefined) return files.remove(keyToken(service));
    const content: LeafFile = { service, sealed: seal(JSON.stringify(leaf), sealKey, purposeOf(service)) };
    await files.write(keyToken(service), JSON.stringify(content));
  }
}

function purposeOf(service: string): string {
  return `leaf of ${service}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
