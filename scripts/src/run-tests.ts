import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkLayers } from "./check-layers.ts";
import { describeTally, sum, type Tally, tallyOf } from "./report.ts";
import { runBiome, runTurbo } from "./tools.ts";
import { ROOT, readWorkspace, type WorkspacePackage } from "./workspace.ts";

/** End-to-end tests start many processes; beside other tests they would wait for the processors. */
const ALONE = "e2e";

/**
 * Checks and tests everything, and writes as the last line how many tests passed and failed.
 *
 * @returns the exit code: 1 when a test, a check or a package failed, or did not run.
 */
export async function runTests(): Promise<number> {
  const packages = readWorkspace();
  const treeBefore = treeState();
  for (const each of packages) rmSync(reportPath(each), { force: true });

  const checks = [
    checkLayers(),
    await runBiome(),
    await runTurbo(["check", "test"], [`--filter=!@causeway/${ALONE}`]),
    await runTurbo(["check", "test"], [`--filter=@causeway/${ALONE}`]),
    treeUnchanged(treeBefore),
  ];

  const tests = sum(packages.map(tallyReport));
  // What is wrong with a check stands in no report; it makes at least one failure.
  const failed = checks.every((succeeded) => succeeded) ? tests.failed : Math.max(tests.failed, 1);
  process.stdout.write(`${describeTally({ ...tests, failed })}\n`);
  return failed === 0 ? 0 : 1;
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

function treeUnchanged(before: string): boolean {
  const after = treeState();
  if (after !== before) process.stderr.write(`the checks have changed files:\n${after}`);
  return after === before;
}
