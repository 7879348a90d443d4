import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runQuietly } from "./children.mjs";
import { CACHE, ROOT } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { lastLines, withProgress } from "./progress.mjs";

/** Holds the fingerprint of what was installed last. */
const STAMP = join(CACHE, "installed");

/** The libraries of the lockfile, in node_modules. */
export const dependencies = {
  isDone: () =>
    existsSync(join(ROOT, "node_modules/.modules.yaml")) &&
    existsSync(STAMP) &&
    readFileSync(STAMP, "utf8") === fingerprint(),

  /** @param {NodeJS.ProcessEnv} env With pnpm on PATH. */
  run: (env) =>
    withProgress("installing libraries", async () => {
      const wanted = fingerprint();
      const { code, output } = await runQuietly("pnpm", ["install", "--frozen-lockfile"], { cwd: ROOT, env });
      if (code !== 0) throw failed(output);
      await writeFile(STAMP, wanted);
    }),
};

/** What decides which libraries are needed, as one hash. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex");
}

/** Every package.json of the workspace: at the root, in its folders, and in theirs. */
function manifests() {
  const folders = subfolders(".");
  return [".", ...folders, ...folders.flatMap(subfolders)]
    .map((folder) => join(folder, "package.json"))
    .filter((file) => existsSync(join(ROOT, file)));
}

/** @param {string} folder */
function subfolders(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .map((entry) => join(folder, entry.name));
}

/** @param {string} output */
function failed(output) {
  const nextStep = output.includes("OUTDATED_LOCKFILE")
    ? "A package.json and pnpm-lock.yaml disagree: run `npm run pnpm -- install --no-frozen-lockfile` and commit the lockfile."
    : "Check that this machine reaches the npm registry (npm ping), then run the command again.";
  return new Problem(`pnpm could not install the libraries:\n${lastLines(output)}`, nextStep);
}
