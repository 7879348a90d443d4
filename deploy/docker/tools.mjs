/**
 * Fetches the pnpm and the turbo of this repository into the folder that the first argument names, with links in its `bin`. Their versions
 * stand in package.json and pnpm-workspace.yaml, copies of which are beside this file, and nowhere else.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const { packageManager } = JSON.parse(read("package.json"));
const pnpm = packageManager.replace(/^pnpm@/, "");
const turbo = /^ {2}turbo: (\S+)$/m.exec(read("pnpm-workspace.yaml"))?.[1];
if (turbo === undefined) throw new Error("pnpm-workspace.yaml has no turbo in its catalog");

// The binary alone: the package "pnpm" would need its install script to run.
const executable = `@pnpm/exe.linux-${process.arch}`;
const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
execFileSync("npm", ["install", "--prefix", folder, ...flags, `${executable}@${pnpm}`, `turbo@${turbo}`], {
  stdio: "inherit",
});

const bin = join(folder, "bin");
mkdirSync(bin);
symlinkSync(join(folder, "node_modules", executable, "pnpm"), join(bin, "pnpm"));
symlinkSync(join(folder, "node_modules/turbo/bin/turbo"), join(bin, "turbo"));

function read(name) {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}
