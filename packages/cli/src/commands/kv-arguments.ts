import { readFile } from "node:fs/promises";
import type { Context } from "../context.ts";
import { CommandError } from "../errors.ts";

/** The one argument of a command, "" when there is none. Throws a CommandError when there are several. */
export function onlyArgument(given: readonly string[]): string {
  if (given.length > 1) throw new CommandError(`Too many arguments (expected 1, got ${given.length})`);
  return given[0] ?? "";
}

/** The key that an argument means: none begins with a slash, and many write one. */
export function keyArgument(given: string): string {
  return given.replace(/^\//, "");
}

/** Where the agent has a key. Throws a CommandError for "." and "..", which URLs take for the way to something else. */
export function keyPath(key: string): string {
  if (key === "." || key === "..") throw new CommandError(`Error! "${key}" cannot be asked for as a key over HTTP`);
  return `/v1/kv/${encodeURIComponent(key)}`;
}

/** The error of a request that was turned down, with the agent's own text. */
export function failed(problem: string, status: number, text: string): CommandError {
  return new CommandError(`${problem}: Unexpected response code: ${status} (${text.trim()})`);
}

/** What an argument stands for: "@file" for what is in a file, "-" for standard input, anything else for itself. */
export async function dataArgument(given: string, context: Context): Promise<Uint8Array> {
  if (given === "-") return await context.readStdinBytes();
  if (!given.startsWith("@")) return Buffer.from(given);
  try {
    return await readFile(given.slice(1));
  } catch (cause) {
    throw new CommandError(`Error! Failed to read file: ${(cause as Error).message}`, 1, { cause });
  }
}
