import { delimiter, join } from "node:path";
import { dependencies } from "./dependencies.mjs";
import { withLock } from "./lock.mjs";
import { findNatsServer, natsServerCopy } from "./nats-server.mjs";
import { CACHE } from "./paths.mjs";
import { say } from "./progress.mjs";
import { TOOL_FOLDERS, toolchain } from "./toolchain.mjs";

/** @typedef {{ readonly isDone: () => boolean, readonly run: (env: NodeJS.ProcessEnv) => Promise<void> }} Step */

/**
 * Does what is still missing on this machine, and gives the environment in which the project's commands run.
 *
 * @param {{ readonly libraries: boolean, readonly natsServer: boolean }} needs Whether code of the project will run, and whether a
 *   NATS server will be started.
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function prepare(needs) {
  const env = childEnvironment();
  await doMissing(needs.libraries ? [toolchain, dependencies] : [toolchain], env);
  if (!needs.natsServer) return env;
  if (findNatsServer(process.env) === undefined) await doMissing([natsServerCopy], env);
  return { ...env, CAUSEWAY_NATS_SERVER: findNatsServer(process.env) };
}

/**
 * One process at a time sets up; another that waited for it finds everything done.
 *
 * @param {readonly Step[]} steps
 * @param {NodeJS.ProcessEnv} env
 */
async function doMissing(steps, env) {
  if (steps.every((step) => step.isDone())) return;
  const waiting = () => say("waiting for another process that is setting up");
  await withLock(
    join(CACHE, "setup.lock"),
    async () => {
      for (const step of steps) if (!step.isDone()) await step.run(env);
    },
    waiting,
  );
}

/** This process's environment with the project's tools on PATH, and without what npm says about this run of npm. */
function childEnvironment() {
  const ofNpm = /^npm_(package|lifecycle)_|^npm_config_.*prefix$/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpm.test(name))),
    PATH: [...TOOL_FOLDERS, process.env["PATH"] ?? ""].join(delimiter),
    // Services start in half the time when their code is already compiled.
    NODE_COMPILE_CACHE: join(CACHE, "compile-cache"),
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}
