import { spawn } from "node:child_process";
import { once } from "node:events";
import { TestkitError } from "./errors.ts";
import { eventually } from "./eventually.ts";
import { type Exit, type OutputLine, SpawnedProcess } from "./spawned-process.ts";

/** How a process is started, and when it counts as ready. */
export type SpawnOptions = {
  readonly cwd?: string;
  /** Added to this process's own environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A line that it writes, or a URL that answers with a status of success; without it, it is ready once it runs. */
  readonly readyWhen?: ((line: string) => boolean) | URL;
  readonly readyTimeoutMs?: number;
  /** Sees every line from the first one on. */
  readonly onLine?: (line: OutputLine) => void;
};

/**
 * Starts a process and resolves when it is ready; the caller ends it, by `stop` or `await using`.
 *
 * @throws TestkitError `NOT_STARTED`, `EXITED_EARLY` or `NOT_READY` (after `readyTimeoutMs`, 60 s); nothing is left running then.
 */
export async function spawnProcess(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<SpawnedProcess> {
  const spawned = await start(command, args, options);
  try {
    await ready(spawned, options);
  } catch (error) {
    await spawned.kill9();
    throw error;
  }
  return spawned;
}

async function start(command: string, args: readonly string[], { cwd, env, onLine }: SpawnOptions) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new TestkitError({ code: "NOT_STARTED", command, reason: (error as Error).message }, { cause: error });
  }
  const spawned = new SpawnedProcess([command, ...args].join(" "), child.pid as number, child);
  if (onLine !== undefined) spawned.onLine(onLine);
  return spawned;
}

async function ready(spawned: SpawnedProcess, { readyWhen, readyTimeoutMs = 60_000 }: SpawnOptions): Promise<void> {
  if (readyWhen === undefined) return;
  try {
    if (readyWhen instanceof URL) await answers(spawned, readyWhen, readyTimeoutMs);
    else await spawned.waitForLine(readyWhen, readyTimeoutMs);
  } catch (error) {
    throw spawned.exit === undefined ? notReady(spawned, readyTimeoutMs, error) : exitedEarly(spawned, spawned.exit);
  }
}

async function answers(spawned: SpawnedProcess, url: URL, timeoutMs: number): Promise<void> {
  const ask = async (signal: AbortSignal) => {
    if (spawned.exit !== undefined) return;
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
  await eventually(ask, { timeoutMs });
  if (spawned.exit !== undefined) throw exitedEarly(spawned, spawned.exit);
}

function exitedEarly(spawned: SpawnedProcess, exit: Exit): TestkitError {
  return new TestkitError({ code: "EXITED_EARLY", command: spawned.command, exit, output: spawned.lastLines() });
}

function notReady(spawned: SpawnedProcess, waitedMs: number, cause: unknown): TestkitError {
  const { command } = spawned;
  return new TestkitError({ code: "NOT_READY", command, waitedMs, output: spawned.lastLines() }, { cause });
}
