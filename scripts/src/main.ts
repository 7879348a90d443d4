/**
 * Runs one of the project's own tasks: `test`, `check`, `lint` or `format`. Called by `scripts/run.mjs`, which has prepared the machine.
 */
import { checkLayers } from "./check-layers.ts";
import { runTests } from "./run-tests.ts";
import { runBiome, runTurbo } from "./tools.ts";

async function main(task: string | undefined, args: readonly string[]): Promise<number> {
  switch (task) {
    case "test":
      return runTests();
    case "check":
      return exitCode([checkLayers(), await runTurbo(["check"], args)]);
    case "lint":
      return exitCode([checkLayers(), await runBiome(args)]);
    case "format":
      return exitCode([await runBiome(["--write", ...args])]);
    default:
      process.stderr.write(`there is no task "${task ?? ""}"\n`);
      return 64;
  }
}

function exitCode(successes: readonly boolean[]): number {
  return successes.every((success) => success) ? 0 : 1;
}

const [task, ...args] = process.argv.slice(2);
process.exitCode = await main(task, args);
