import { readFile } from "node:fs/promises";
import { type Exit, type SpawnedProcess, spawnProcess } from "@causeway/testkit";
import { START_UP_MS } from "./limits.ts";

/** A program of this repository to run as a process. */
export type ProgramOptions = {
  /** Path of its TypeScript file. */
  readonly path: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Command with its arguments that runs it, as a `Place` has it. */
  readonly within?: readonly string[];
};

/** What a program tells in its log line "ready". */
export type ReadyFacts = Readonly<Record<string, unknown>>;

/** A program that runs as a process, and can be killed and started again as it was started first. */
export class Program implements AsyncDisposable {
  readonly #options: ProgramOptions;
  #process: SpawnedProcess;

  private constructor(options: ProgramOptions, process: SpawnedProcess) {
    this.#options = options;
    this.#process = process;
  }

  /** Starts a program and resolves when it has said that it is ready. */
  static async start(options: ProgramOptions): Promise<Program> {
    return new Program(options, await launch(options));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it told when it last became ready. */
  get facts(): ReadyFacts {
    return this.#process.lines.map(({ text }) => readyFacts(text)).find((facts) => facts !== undefined) ?? {};
  }

  /** The port on which operators look into it. */
  get adminPort(): number {
    return Number(this.facts["adminPort"]);
  }

  /** How it ended, or undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#process.exit;
  }

  /** What it has written since it was last started. */
  output(): string {
    return this.#process.output();
  }

  /** Ends it as a power cut would; resolves when it is gone. */
  kill9(): Promise<Exit> {
    return this.#process.kill9();
  }

  /** Starts it again, after asking it to end if it still runs; resolves when it is ready. */
  async restart(): Promise<void> {
    await this.#process.stop();
    this.#process = await launch(this.#options);
  }

  /** Starts it a second time beside itself and then asks the first to end, as a restart does that nobody is to notice. */
  async replace(): Promise<void> {
    const first = this.#process;
    this.#process = await launch(this.#options);
    await first.stop();
  }

  /** The address of its admin port. */
  get adminAddress(): string {
    return `${this.#options.env["CAUSEWAY_ADMIN_ADDRESS"] ?? "127.0.0.1"}:${this.adminPort}`;
  }

  /** Bytes of memory that it holds. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }

  /**
   * Throws when it has tried what its role may not do on the bus: then the table of roles lacks something, or it does too much; and when it
   * had ended by a fault of its own.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exit } = this.#process;
    await this.#process.stop();
    if (exit !== undefined && exit.code !== 0 && exit.signal !== "SIGKILL") {
      const how = exit.signal ?? `status ${exit.code}`;
      throw new Error(`${this.#options.path} ended by itself (${how}): ${this.#process.lastLines()}`);
    }
    const refused = this.#process.lines.find(({ text }) => text.includes(NOT_ALLOWED));
    if (refused !== undefined) throw new Error(`${this.#options.path}: ${refused.text}`);
  }
}

/** What a process logs when NATS refuses what it does. */
const NOT_ALLOWED = "NATS does not allow";

function launch({ path, args = [], env, within = [] }: ProgramOptions): Promise<SpawnedProcess> {
  const [command, ...before] = [...within, process.execPath] as const;
  return spawnProcess(command, [...before, path, ...args], {
    // A test that fails half-way leaves connections open; they must not hold up the end.
    env: {
      CAUSEWAY_EXIT_WITH_PARENT: String(process.pid),
      CAUSEWAY_LOG_FORMAT: "json",
      CAUSEWAY_DRAIN_TIMEOUT_MS: "1000",
      // Nor does anybody follow most proxies of tests who must hear that they stop.
      CAUSEWAY_DRAIN_SPREAD_MS: "0",
      ...env,
    },
    readyWhen: (line) => readyFacts(line) !== undefined,
    readyTimeoutMs: START_UP_MS,
  });
}

/** The facts of a log line "ready"; undefined for any other line. */
function readyFacts(line: string): ReadyFacts | undefined {
  if (!line.startsWith("{") || !line.includes('"ready"')) return undefined;
  const facts = JSON.parse(line) as ReadyFacts;
  return facts["msg"] === "ready" ? facts : undefined;
}
