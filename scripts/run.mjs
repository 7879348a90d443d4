#!/usr/bin/env node
/**
 * Behind every script of package.json: sets up what is missing on this machine, then runs the command with Node 26.
 *
 * Plain JavaScript that runs on Node 20, since it is what brings a newer Node.
 */
import { join } from "node:path";
import { Interrupted, runInForeground } from "./setup/children.mjs";
import { ROOT } from "./setup/paths.mjs";
import { prepare } from "./setup/prepare.mjs";
import { Problem } from "./setup/problem.mjs";

/**
 * @typedef {object} Command
 * @property {string} command
 * @property {readonly string[]} args
 * @property {boolean} [libraries] Whether the libraries must be there; true unless told.
 * @property {boolean} [natsServer] Whether it starts a NATS server; false unless told.
 * @property {string} [cwd] The project's root unless told.
 */

const CLI = join(ROOT, "packages/cli/src/main.ts");
const BENCH = join(ROOT, "packages/bench/src/main.ts");
const BUILD_IMAGES = join(ROOT, "deploy/docker/build-local.ts");
const TRY_COMPOSE = join(ROOT, "deploy/compose/try.ts");
const TASKS = join(ROOT, "scripts/src/main.ts");

/** Where npm was called, which is where the file names of a command line belong. */
const CALLED_IN = process.env["INIT_CWD"] ?? process.cwd();

/** Whoever names a running NATS server needs no binary of one. */
const startsNats = !process.env["CAUSEWAY_NATS_URL"];

/**
 * What to run for a script of package.json, or undefined when there is no such script.
 *
 * @param {string | undefined} script
 * @param {readonly string[]} args
 * @returns {Command | undefined}
 */
function commandFor(script, args) {
  switch (script) {
    case "dev":
      return { command: "node", args: [CLI, "dev", ...args], natsServer: startsNats };
    case "causeway":
      return {
        command: "node",
        args: [CLI, ...args],
        natsServer: startsNats && ["dev", "agent"].includes(args[0] ?? ""),
        cwd: CALLED_IN,
      };
    case "test":
      return { ...task(script, args), natsServer: true };
    case "bench":
      return { command: "node", args: [BENCH, ...args], natsServer: true };
    case "images":
      return { command: "node", args: [BUILD_IMAGES, ...args], cwd: CALLED_IN };
    case "try-compose":
      return { command: "node", args: [TRY_COMPOSE, ...args] };
    case "check":
    case "lint":
    case "format":
      return task(script, args);
    case "pnpm":
      // It may be there to correct the very lockfile that the libraries could not be installed from.
      return { command: "pnpm", args, libraries: false };
    default:
      return undefined;
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 */
function task(name, args) {
  // The layer check reads sources by Node's own type stripping, which is still called experimental.
  return { command: "node", args: ["--disable-warning=ExperimentalWarning", TASKS, name, ...args] };
}

/** @returns {Promise<number>} The exit code. */
async function main() {
  const [script, ...args] = process.argv.slice(2);
  const asked = commandFor(script, args);
  if (asked === undefined)
    throw new Problem(`There is no script "${script ?? ""}".`, "See the scripts in package.json.");
  const env = await prepare({ libraries: asked.libraries ?? true, natsServer: asked.natsServer ?? false });
  const { code } = await runInForeground(asked.command, asked.args, { cwd: asked.cwd ?? ROOT, env });
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = error.exitCode;
  else if (error instanceof Problem) {
    process.stderr.write(`\ncauseway: ${error.message}\n\n${error.nextStep}\n`);
    process.exitCode = 1;
  } else throw error;
}
