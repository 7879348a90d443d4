import { readFile } from "node:fs/promises";
import type { CheckStatus } from "@causeway/model";
import { type Clock, type Timer, writePrivateFile } from "@causeway/runtime";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { checkSubject, type Subject, serviceSubject } from "./local-snapshot.ts";
import type { LocalState } from "./local-state.ts";

/** What is on disk. */
type Saved = {
  readonly version: 1;
  readonly services: readonly LocalService[];
  readonly checks: readonly LocalCheck[];
  /** The secrets by which these were registered. */
  readonly tokens?: Readonly<Partial<Record<Subject, string>>>;
  /** Which of the services came as sidecars. */
  readonly sidecars?: readonly string[];
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

/**
 * Keeps the local state in a file that only its owner can read, so that what was registered survives the agent; what definition files say is in those.
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
      const { services, checks, tokens = {}, sidecars = [], heartbeats = [] } = JSON.parse(text) as Saved;
      const there = { services: new Set(this.#state.services.keys()), checks: new Set(this.#state.checks.keys()) };
      this.#state.register(
        services.filter(({ ID }) => !there.services.has(ID)),
        checks.filter(({ check }) => !there.checks.has(check.CheckID)),
        false,
        new Map(Object.entries(tokens) as [Subject, string][]),
        new Set(sidecars),
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

  async #write(): Promise<void> {
    const { services, checks, fromFiles, sidecars, tokens } = this.#state;
    const kept = {
      services: [...services.values()].filter(({ ID }) => !fromFiles.services.has(ID)),
      checks: [...checks.values()].filter(({ check }) => !fromFiles.checks.has(check.CheckID)),
    };
    const subjects = [
      ...kept.services.map(({ ID }) => serviceSubject(ID)),
      ...kept.checks.map(({ check }) => checkSubject(check.CheckID)),
    ];
    const saved: Saved = {
      version: 1,
      ...kept,
      tokens: Object.fromEntries(
        subjects.flatMap((subject) => {
          const token = tokens.get(subject);
          return token === undefined ? [] : [[subject, token]];
        }),
      ),
      sidecars: kept.services.map(({ ID }) => ID).filter((id) => sidecars.has(id)),
      heartbeats: [...checks.values()].flatMap(({ check: { CheckID: id, Status: status, Output: output } }) => {
        const untilMs = this.#state.aliveUntil(id);
        return untilMs === undefined ? [] : [{ id, status, output, untilMs }];
      }),
    };
    await writePrivateFile(this.#path, JSON.stringify(saved));
  }
}
