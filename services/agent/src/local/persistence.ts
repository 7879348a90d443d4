import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalState } from "./local-state.ts";

/** What is on disk. */
type Saved = {
  readonly version: 1;
  readonly services: readonly LocalService[];
  readonly checks: readonly LocalCheck[];
};

const OWNER_ONLY = 0o600;

/**
 * Keeps the local state in a file, so that what was registered survives the agent; what definition files say is in those.
 *
 * `flushed` resolves when all changes made so far are on disk: a registration is acknowledged after that.
 */
export class Persistence {
  readonly #path: string;
  readonly #state: LocalState;
  #writing: Promise<void> = Promise.resolve();
  #pending = false;

  constructor(path: string, state: LocalState) {
    this.#path = path;
    this.#state = state;
    state.onChange(() => this.#schedule());
  }

  /** Registers again what the file holds, but for what is there already. A missing file is an empty one; throws an Error that names a file it cannot read. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return;
    try {
      const { services, checks } = JSON.parse(text) as Saved;
      const there = { services: new Set(this.#state.services.keys()), checks: new Set(this.#state.checks.keys()) };
      this.#state.register(
        services.filter(({ ID }) => !there.services.has(ID)),
        checks.filter(({ check }) => !there.checks.has(check.CheckID)),
        false,
      );
    } catch (cause) {
      throw new Error(`cannot read the registrations kept in ${this.#path}: mend the file or move it away`, { cause });
    }
  }

  /** Resolves when every change so far is on disk; throws what went wrong. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    const next = this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#pending = false;
        return this.#write();
      });
    next.catch(() => undefined);
    this.#writing = next;
  }

  /** Written beside and moved into place, so that a crash leaves the old file or the new one, never half of one. */
  async #write(): Promise<void> {
    const { services, checks, fromFiles } = this.#state;
    const saved: Saved = {
      version: 1,
      services: [...services.values()].filter(({ ID }) => !fromFiles.services.has(ID)),
      checks: [...checks.values()].filter(({ check }) => !fromFiles.checks.has(check.CheckID)),
    };
    await mkdir(dirname(this.#path), { recursive: true });
    const beside = `${this.#path}.new`;
    const file = await open(beside, "w", OWNER_ONLY);
    try {
      await file.writeFile(JSON.stringify(saved));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#path);
  }
}
