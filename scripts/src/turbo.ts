import { spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT } from "./workspace.ts";

/** One run of turbo. */
export type TurboRun = {
  readonly tasks: readonly ("check" | "lint" | "test")[];
  /** Further arguments, such as filters. */
  readonly args?: readonly string[];
};

/**
 * Runs tasks of the workspace's packages, as many at once as a small machine has processors; only failures are shown in full. What has
 * passed before with the same sources is not run again.
 *
 * @returns whether all of them succeeded.
 */
export async function runTurbo({ tasks, args = [] }: TurboRun): Promise<boolean> {
  const flags = [
    "--output-logs=errors-only",
    "--log-order=grouped",
    "--concurrency=2",
    "--continue=dependencies-successful",
  ];
  const turbo = spawn("pnpm", ["exec", "turbo", "run", ...tasks, "--ui=stream", ...flags, ...args], {
    cwd: ROOT,
    stdio: "inherit",
  });
  const [code] = await once(turbo, "close");
  return code === 0;
}
