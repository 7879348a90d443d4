/**
 * Runs one of the project's own tasks: `test`, `check` or `lint`. Called by `scripts/run.mjs`, which has prepared the machine.
 */
import { checkLayers } from "./check-layers.ts";
import { runTests } from "./run-tests.ts";
import { runTurbo } from "./turbo.ts";

async function main(task: string | undefined, args: readonly string[]): Promise<number> {
  switch (task) {
    case "test":
      return runTests();
    case "check":
    case "lint": {
      const violations = checkLayers();
      const succeeded = await runTurbo({ tasks: [task], args });
      return succeeded && violations === 0 ? 0 : 1;
    }
    default:
      process.stderr.write(`there is no task "${task ?? ""}"\n`);
      return 64;
  }
}

const [task, ...args] = process.argv.slice(2);
process.exitCode = await main(task, args);
