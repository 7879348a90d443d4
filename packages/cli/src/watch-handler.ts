import { spawn } from "node:child_process";
import { once } from "node:events";
import { CommandError } from "./errors.ts";
import type { Watched } from "./watch.ts";

/** What runs whenever a value has changed. */
export type Handler = {
  /** A program and its arguments. */
  readonly words: readonly string[];
  /** True joins the words to one line for a shell. */
  readonly shell: boolean;
  readonly env: NodeJS.ProcessEnv;
};

/**
 * Runs a handler to its end: it reads the value as one line of JSON, and finds the index in CONSUL_INDEX. It writes where this process
 * writes, and is ended when `signal` aborts.
 *
 * @throws CommandError when it cannot be started or fails, and the signal's reason when that aborted.
 */
export async function runHandler(handler: Handler, { index, value }: Watched, signal: AbortSignal): Promise<void> {
  const { env } = handler;
  const [program, args] = commandOf(handler);
  const child = spawn(program, args, {
    env: { ...env, CONSUL_INDEX: String(index) },
    stdio: ["pipe", "inherit", "inherit"],
    signal,
  });
  // A handler need not read what it is given.
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${JSON.stringify(value)}\n`);
  const [code, killedBy] = await once(child, "exit").catch((cause: Error) => {
    signal.throwIfAborted();
    throw new CommandError(`Error starting handler: ${cause.message}`, 1, { cause });
  });
  if (code !== 0) throw new CommandError(`Error executing handler: ${killedBy ?? `exit status ${code}`}`);
}

function commandOf({ words, shell, env }: Handler): readonly [string, readonly string[]] {
  if (shell) return [env["SHELL"] || "/bin/sh", ["-c", words.join(" ")]];
  const [program = "", ...args] = words;
  return [program, args];
}
