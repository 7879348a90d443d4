import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { TestkitError } from "./errors.ts";
import { guardProcessGroup, killProcessGroup } from "./process-group.ts";

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** How a process ended: one of the two is null. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** One line that a process wrote, without its line end. */
export type OutputLine = { readonly stream: "stdout" | "stderr"; readonly text: string };

/** A demo may run for days, so that only the last lines are kept. */
const MAX_LINES = 10_000;
/** Lines that an error message quotes. */
const QUOTED_LINES = 20;

/**
 * A running process in a process group of its own, with what it wrote.
 *
 * The group ends with it, with `stop`, with `await using`, and at the latest with this process.
 */
export class SpawnedProcess implements AsyncDisposable {
  readonly command: string;
  readonly pid: number;
  /** Resolves when the process has ended and all its output has been read; never rejects. */
  readonly exited: Promise<Exit>;

  readonly #child: Child;
  readonly #lines: OutputLine[] = [];
  readonly #listeners = new Set<(line: OutputLine) => void>();
  #exit: Exit | undefined;

  /** Takes charge of `child`, which must have been spawned with `detached`; use `spawnProcess`. */
  constructor(command: string, pid: number, child: Child) {
    this.command = command;
    this.#child = child;
    this.pid = pid;
    this.#read("stdout", child.stdout);
    this.#read("stderr", child.stderr);
    const dismissGuard = guardProcessGroup(pid);
    child.on("exit", () => {
      killProcessGroup(pid);
      dismissGuard();
    });
    this.exited = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /** How it ended, or undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** What it has written so far, in the order of arrival; the last 10,000 lines of it. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** What it has written so far as one text. */
  output(): string {
    return this.#lines.map(({ text }) => text).join("\n");
  }

  /** Calls `listener` with each further line, until the function that it returns is called. */
  onLine(listener: (line: OutputLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first line for which `predicate` holds, be it already written or still to come.
   *
   * @throws TestkitError `NO_SUCH_LINE` after `timeoutMs`, `EXITED_EARLY` when the process ends without it.
   */
  async waitForLine(predicate: (line: string) => boolean, timeoutMs = 30_000): Promise<string> {
    const written = this.#lines.find(({ text }) => predicate(text));
    if (written !== undefined) return written.text;

    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const stopListening = this.onLine(({ text }) => predicate(text) && resolve(text));
    const command = this.command;
    const timer = setTimeout(() => {
      reject(new TestkitError({ code: "NO_SUCH_LINE", command, waitedMs: timeoutMs, output: this.lastLines() }));
    }, timeoutMs);
    void this.exited.then((exit) => {
      reject(new TestkitError({ code: "EXITED_EARLY", command, exit, output: this.lastLines() }));
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  /** Sends a signal to the process alone; does nothing when it has ended. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it as a power cut would. */
  kill9(): Promise<Exit> {
    this.signal("SIGKILL");
    return this.exited;
  }

  /** Asks it to end by SIGTERM, and kills it when it has not ended after `timeoutMs`. */
  async stop({ timeoutMs = 20_000 }: { readonly timeoutMs?: number } = {}): Promise<Exit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The end of what it wrote, for an error message. */
  lastLines(): string {
    return this.#lines
      .slice(-QUOTED_LINES)
      .map(({ text }) => `  ${text}`)
      .join("\n");
  }

  #read(stream: OutputLine["stream"], source: Readable): void {
    createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (text) => {
      const line: OutputLine = { stream, text };
      if (this.#lines.push(line) > MAX_LINES) this.#lines.shift();
      for (const listener of this.#listeners) listener(line);
    });
  }
}
