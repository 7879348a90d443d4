import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Bound, Told } from "@causeway/gateway/testing/told-proxy";
import type { EngineChoice } from "@causeway/proxy";
import { Admin } from "./admin.ts";

/** A line of a process's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** How a told proxy is started. */
export type ToldProxyOptions = {
  readonly engine: EngineChoice;
  readonly helloTimeoutMs?: number;
  readonly maxConnections?: number;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** A gateway as a process of its own, that is told its route table and identities here rather than by a control plane. */
export class ToldProxy implements AsyncDisposable {
  readonly admin: Admin;
  readonly #process: ChildProcess;
  readonly #lines: LogLine[];
  #bound: Bound = new Map();

  private constructor(process: ChildProcess, lines: LogLine[]) {
    this.#process = process;
    this.#lines = lines;
    this.admin = new Admin(() => `127.0.0.1:${adminPortIn(lines)}`);
  }

  /** Starts one; it listens nowhere until it is told to. */
  static async start({ engine, helloTimeoutMs, maxConnections, env }: ToldProxyOptions): Promise<ToldProxy> {
    const child = fork(fileURLToPath(import.meta.resolve("@causeway/gateway/testing/told-proxy")), {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: {
        ...process.env,
        CAUSEWAY_EXIT_WITH_PARENT: String(process.pid),
        CAUSEWAY_LOG_FORMAT: "json",
        CAUSEWAY_DRAIN_TIMEOUT_MS: "1000",
        CAUSEWAY_ENGINE: engine,
        ...(helloTimeoutMs === undefined ? {} : { CAUSEWAY_HELLO_TIMEOUT_MS: String(helloTimeoutMs) }),
        ...(maxConnections === undefined ? {} : { CAUSEWAY_MAX_CONNECTIONS: String(maxConnections) }),
        ...env,
      },
    });
    const lines: LogLine[] = [];
    const ready = Promise.withResolvers<void>();
    child.once("exit", (code) => ready.reject(new Error(`it ended with ${code}: ${JSON.stringify(lines)}`)));
    if (child.stderr === null) throw new Error("a child has the standard error that it was given");
    createInterface(child.stderr).on("line", (text) => {
      lines.push(text.startsWith("{") ? JSON.parse(text) : { msg: text });
      if (lines.at(-1)?.["msg"] === "ready") ready.resolve();
    });
    await ready.promise;
    return new ToldProxy(child, lines);
  }

  /** All that it has written to its log. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Has it serve this; resolves when it does. */
  async tell(told: Told): Promise<void> {
    const answered = once(this.#process, "message");
    this.#process.send(told);
    [this.#bound] = (await answered) as [Bound];
  }

  /** The port of the listener of this name; throws when it is not bound. */
  port(listener: string): number {
    const port = this.#bound.get(listener);
    if (port === undefined) throw new Error(`no listener ${listener} is bound: ${JSON.stringify(this.#lines)}`);
    return port;
  }

  /** The process. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }
}

function adminPortIn(lines: readonly LogLine[]): unknown {
  return lines.find(({ msg }) => msg === "ready")?.["adminPort"];
}
