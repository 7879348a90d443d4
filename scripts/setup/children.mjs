import { spawn } from "node:child_process";
import { constants } from "node:os";

/** @typedef {{ readonly code: number, readonly output: string }} Outcome */

/** What a shell gives as exit code for a command that does not exist. */
const NOT_FOUND = 127;

/** Signals that end a child here end it there too. */
const PASSED_ON = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/** The user has ended set-up by a signal: nothing further may be started. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCodeOf(signal);
  }
}

/**
 * Runs a command to its end with the user's own input and output, and gives its exit code. Signals are passed on to it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export async function runInForeground(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: "inherit" });
  return (await ended(child)).code;
}

/**
 * Runs a command quietly to its end, and gives its exit code and what it wrote. A command that does not exist has the code 127.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ readonly cwd?: string, readonly env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Outcome>}
 */
export async function runQuietly(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const { code, received } = await ended(child);
  if (received !== undefined) throw new Interrupted(received);
  return { code, output };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<{ readonly code: number, readonly received: NodeJS.Signals | undefined }>} Its exit code, and the last signal
 *   that this process got meanwhile.
 */
async function ended(child) {
  /** @type {NodeJS.Signals | undefined} */
  let received;
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    received = signal;
    // A terminal sends Ctrl-C to the child as well; a second one might mean more than the first.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    const code = await new Promise((resolve, reject) => {
      child.on("error", (error) => ("code" in error && error.code === "ENOENT" ? resolve(NOT_FOUND) : reject(error)));
      child.on("close", (exitCode, signal) => resolve(exitCode ?? exitCodeOf(signal)));
    });
    return { code, received };
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}

/**
 * What a shell gives as exit code for a command that ended by a signal.
 *
 * @param {NodeJS.Signals | null} signal
 */
function exitCodeOf(signal) {
  return signal === null ? 1 : 128 + constants.signals[signal];
}
