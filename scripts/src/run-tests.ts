import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkLayers } from "./check-layers.ts";
import { describeTally, sum, type Tally, tallyOf } from "./report.ts";
import { runTurbo } from "./turbo.ts";
import { ROOT, readWorkspace, type WorkspacePackage } from "./workspace.ts";

/** End-to-end tests start many processes; beside other tests they would wait for the processors. */
const ALONE = "e2e";
const EVERYTHING = ["check", "lint", "test"] as const;

/**
 * Checks and tests everything, and writes as the last line how many tests passed and failed.
 *
 * @returns the exit code: 1 when a test, a check or a package failed, or did not run.
 */
export async function runTests(): Promise<number> {
  const packages = readWorkspace();
  const treeBefore = treeState();
  for (const each of packages) rmSync(reportPath(each), { force: true });

  const violations = checkLayers();
  const others = await runTurbo({ tasks: EVERYTHING, args: [`--filter=!@causeway/${ALONE}`] });
  const alone = await runTurbo({ tasks: EVERYTHING, args: [`--filter=@causeway/${ALONE}`] });
  const changes = treeChanges(treeBefore);

  const tests = sum(packages.map(tallyReport));
  const checks = violations + changes;
  // A failed check or lint is in no report; the run as a whole is then one failure.
  const unreported = (!others || !alone) && tests.failed === 0 ? 1 : 0;
  const total = sum([tests, { passed: 0, failed: checks + unreported, skipped: 0 }]);
  process.stdout.write(`${describeTally(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

function tallyReport(each: WorkspacePackage): Tally {
  const path = reportPath(each);
  if (existsSync(path)) return tallyOf(JSON.parse(readFileSync(path, "utf8")));
  process.stderr.write(`${each.folder}: its tests did not run\n`);
  return tallyOf(undefined);
}

function reportPath({ folder }: WorkspacePackage): string {
  return join(ROOT, folder, ".cache/test-report.json");
}

/** What Git sees as changed, on CI only: elsewhere somebody may be editing. */
function treeState(): string {
  return process.env["CI"] === undefined
    ? ""
    : execFileSync("git", ["status", "--porcelain"], { cwd: ROOT, encoding: "utf8" });
}

function treeChanges(before: string): number {
  const after = treeState();
  if (after === before) return 0;
  process.stderr.write(`the checks have changed files:\n${after}`);
  return 1;
}
