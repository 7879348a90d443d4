import { exitCodeOf, runInForeground } from "../setup/children.mjs";
import { ROOT } from "./workspace.ts";

/** Tasks that every package has as scripts. */
export type Task = "check" | "test";

/**
 * Runs tasks of the workspace's packages by turbo, as many at once as a small machine has processors; only failures are shown in full.
 * What has passed before with the same sources is not run again.
 *
 * @returns whether all of them succeeded.
 */
export function runTurbo(tasks: readonly Task[], args: readonly string[] = []): Promise<boolean> {
  const output = ["--ui=stream", "--output-logs=errors-only", "--log-order=grouped"];
  const order = ["--concurrency=2", "--continue=dependencies-successful"];
  return runTool("turbo", ["run", ...tasks, ...output, ...order, ...args]);
}

/** Lints and checks the format of the whole project at once, which takes Biome no longer than a few packages would one by one. */
export function runBiome(args: readonly string[] = []): Promise<boolean> {
  return runTool("biome", ["check", ".", ...args]);
}

async function runTool(tool: string, args: readonly string[]): Promise<boolean> {
  const options = { cwd: ROOT, env: process.env };
  const { code, received } = await runInForeground("pnpm", ["exec", tool, ...args], options);
  // Whoever ends the tool by a signal wants nothing after it to be run.
  if (received !== undefined) process.exit(exitCodeOf(received));
  return code === 0;
}
