import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit/processes";
import { colours } from "../colours.ts";
import { CommandError } from "../errors.ts";

/** A process to keep running. */
export type Program = {
  /** `<datacenter>/<what it is>`; also where its log is. */
  readonly name: string;
  /** Path of a TypeScript program. */
  readonly path: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The line of its log by which it has started, before it is ready; that is "ready" itself unless told. */
  readonly startedWhen?: string;
  /** Sees every line that it writes. */
  readonly onLine?: (line: string) => void;
  /** Called when it has ended with 0, as one does that is asked to; without it, it is started again then too. */
  readonly onEnd?: () => void;
};

/** What a service tells in the log line by which it has started. */
export type ReadyFacts = Readonly<Record<string, unknown>> & { readonly pid: number };

/** What every process says once all is done that it has to do before it is of use. */
const READY = "ready";

/** Pause before a process that ended by itself is started again. */
const RESTART_MS = 500;

/** Longest wait for a process to say that it is ready, on a slow machine that starts a dozen at once. */
const READY_TIMEOUT_MS = 60_000;

/** Longest wait for a process to end before it is killed. */
const STOP_TIMEOUT_MS = 5_000;

/**
 * Keeps the processes of a dev mesh running: each writes to its own log file, and is started again when it ends by itself.
 * Disposing of it ends them all, the last started first.
 */
export class Supervisor implements AsyncDisposable {
  readonly #folder: string;
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, SpawnedProcess>();
  readonly #logs: WriteStream[] = [];
  readonly #nats = new Map<string, NatsServer>();
  readonly #ready = new Map<string, PromiseWithResolvers<void>>();
  readonly #ended = new Set<string>();
  readonly #stopTimeoutMs: number;
  readonly #env: Readonly<Record<string, string>>;
  #stopping = false;

  /** `stopTimeoutMs` is how long a process may take to end before it is killed, `env` what every one is told. */
  constructor(
    folder: string,
    say: (line: string) => void,
    stopTimeoutMs = STOP_TIMEOUT_MS,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#env = env;
    this.#folder = folder;
    this.#say = say;
    this.#stopTimeoutMs = stopTimeoutMs;
  }

  /** Starts a NATS server with the configuration in this file and its streams in the state folder, under its name; gives its URL. */
  async startNats(name: string, configFile: string): Promise<string> {
    const log = await this.#log(name);
    const storeDir = join(this.#folder, name);
    const nats = await startNatsServer({ configFile, storeDir, onLine: ({ text }) => void log.write(`${text}\n`) });
    this.#nats.set(name, nats);
    return nats.url;
  }

  /** Starts a program and resolves with what it tells when it is ready. Throws a CommandError with its last lines when it fails to. */
  async start(program: Program): Promise<ReadyFacts> {
    this.#ready.set(program.name, Promise.withResolvers());
    const log = await this.#log(program.name);
    try {
      const facts = await this.#launch(program, log);
      void this.#keepRunning(program, log);
      return facts;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CommandError(`${program.name} did not start: ${reason}`, 1, { cause });
    }
  }

  /**
   * Resolves when a program that is started has said that it is ready, however long it needs and however often it has to be started again
   * for that. At once, when it has said so before.
   */
  async whenReady(name: string): Promise<void> {
    const ready = this.#ready.get(name);
    if (ready === undefined) throw new Error(`${name} was never started`);
    await ready.promise;
  }

  /** Ends one before all others, by this signal; it is not started again. */
  async end(name: string, signal: "SIGINT" | "SIGTERM", timeoutMs: number): Promise<void> {
    this.#ended.add(name);
    const running = this.#running.get(name);
    running?.signal(signal);
    await running?.stop({ timeoutMs });
  }

  /** The IDs of the processes that run now, by name. */
  processes(): ReadonlyMap<string, number> {
    return new Map([...this.#nats, ...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.values()].map((running) => running.stop({ timeoutMs: this.#stopTimeoutMs })));
    await Promise.all([...this.#nats.values()].map((nats) => nats.stop({ timeoutMs: this.#stopTimeoutMs })));
    for (const log of this.#logs) log.end();
  }

  async #launch(program: Program, log: WriteStream): Promise<ReadyFacts> {
    const { name, path, args = [], env, startedWhen = READY, onLine } = program;
    const parent = { CAUSEWAY_EXIT_WITH_PARENT: String(process.pid), CAUSEWAY_LOG_FORMAT: "json" };
    const running = await spawnProcess(process.execPath, [path, ...args], {
      env: { ...parent, ...this.#env, ...env },
      onLine: ({ text }) => {
        log.write(`${text}\n`);
        onLine?.(text);
        if (factsOf(text, READY) !== undefined) this.#ready.get(name)?.resolve();
      },
    });
    this.#running.set(name, running);
    if (this.#stopping) await running.kill9();
    const line = await running.waitForLine((text) => factsOf(text, startedWhen) !== undefined, READY_TIMEOUT_MS);
    return factsOf(line, startedWhen) as ReadyFacts;
  }

  async #keepRunning(program: Program, log: WriteStream): Promise<void> {
    const { name } = program;
    for (let running = this.#running.get(name); running !== undefined; running = this.#running.get(name)) {
      const { code, signal } = await running.exited;
      if (this.#isOver(name)) return;
      if (code === 0 && program.onEnd !== undefined) return program.onEnd();
      const how = signal ?? `status ${code}`;
      this.#say(colours.yellow(`${name} ended (${how}) and is started again; see ${name}.log`));
      await sleep(RESTART_MS);
      if (this.#isOver(name)) return;
      await this.#launch(program, log).catch(() => undefined);
    }
  }

  #isOver(name: string): boolean {
    return this.#stopping || this.#ended.has(name);
  }

  async #log(name: string): Promise<WriteStream> {
    const path = join(this.#folder, "logs", `${name}.log`);
    await mkdir(dirname(path), { recursive: true });
    const log = createWriteStream(path, { flags: "a" });
    this.#logs.push(log);
    return log;
  }
}

/** The facts of a log line with this message, or undefined for any other line. */
function factsOf(line: string, message: string): ReadyFacts | undefined {
  if (!line.startsWith("{") || !line.includes(`"${message}"`)) return undefined;
  try {
    const parsed = JSON.parse(line) as { msg?: unknown } & ReadyFacts;
    return parsed.msg === message ? parsed : undefined;
  } catch {
    return undefined;
  }
}
