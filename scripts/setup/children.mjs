import { spawn } from "node:child_process";
import { constants } from "node:os";

/** @typedef {{ readonly code: number, readonly output: string }} Outcome */

/**
 * How a command ended: its exit code, and the last signal that this process was sent meanwhile.
 *
 * @typedef {{ readonly code: number, readonly received: NodeJS.Signals | undefined }} Ending
 */

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
 * Runs a command to its end with the user's own input and output. Signals are passed on to it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv }} options
 * @returns {Promise<Ending>}
 */
export function runInForeground(command, args, { cwd, env }) {
  return supervise(() => spawn(command, args, { cwd, env, stdio: "inherit" }));
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
  let output = "";
  const { code, received } = await supervise(() => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    return child;
  });
  if (received !== undefined) throw new Interrupted(received);
  return { code, output };
}

/**
 * Starts a child and passes signals on to it until it has ended. From before it starts: a signal in between would end this process
 * and leave the child.
 *
 * @param {() => import("node:child_process").ChildProcess} start
 * @returns {Promise<Ending>}
 */
async function supervise(start) {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  /** @type {NodeJS.Signals | undefined} */
  let received;
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    received = signal;
    // A terminal sends Ctrl-C to the child as well; a second one might mean more than the first.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child?.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    child = start();
    return { code: await exitCode(child), received };
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => ("code" in error && error.code === "ENOENT" ? resolve(NOT_FOUND) : reject(error)));
    child.on("close", (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/**
 * What a shell gives as exit code for a command that ended by a signal.
 *
 * @param {NodeJS.Signals | null} signal
 */
export function exitCodeOf(signal) {
  return signal === null ? 1 : 128 + constants.signals[signal];
}
