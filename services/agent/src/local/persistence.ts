import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { CheckStatus } from "@causeway/model";
import type { Clock, Timer } from "@causeway/runtime";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalState } from "./local-state.ts";

/** What is on disk. */
type Saved = {
  readonly version: 1;
  readonly services: readonly LocalService[];
  readonly checks: readonly LocalCheck[];
  /** The last heartbeats of TTL checks, of those that definition files define too. */
  readonly heartbeats?: readonly Heartbeat[];
};

type Heartbeat = {
  readonly id: string;
  readonly status: CheckStatus;
  readonly output: string;
  /** In milliseconds since 1970. */
  readonly untilMs: number;
};

/** Heartbeats that change nothing are written together, no more often than this: at most so much is lost of how long they hold. */
const HEARTBEATS_MS = 1_000;

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
  #heartbeats: Timer | undefined;

  constructor(path: string, state: LocalState, clock: Clock) {
    this.#path = path;
    this.#state = state;
    state.onChange(() => this.#schedule());
    state.onAlive(() => {
      this.#heartbeats ??= clock.setTimer(HEARTBEATS_MS, () => {
        this.#heartbeats = undefined;
        this.#schedule();
      });
    });
  }

  /** Registers again what the file holds, but for what is there already. A missing file is an empty one; throws an Error that names a file it cannot read. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return;
    try {
      const { services, checks, heartbeats = [] } = JSON.parse(text) as Saved;
      const there = { services: new Set(this.#state.services.keys()), checks: new Set(this.#state.checks.keys()) };
      this.#state.register(
        services.filter(({ ID }) => !there.services.has(ID)),
        checks.filter(({ check }) => !there.checks.has(check.CheckID)),
        false,
      );
      for (const { id, status, output, untilMs } of heartbeats) {
        if (this.#state.checks.get(id)?.method.kind === "ttl") this.#state.setAlive(id, status, output, untilMs);
      }
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
      heartbeats: [...checks.values()].flatMap(({ check: { CheckID: id, Status: status, Output: output } }) => {
        const untilMs = this.#state.aliveUntil(id);
        return untilMs === undefined ? [] : [{ id, status, output, untilMs }];
      }),
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
