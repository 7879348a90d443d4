import { accessSync, constants, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runQuietly } from "./children.mjs";
import { CACHE } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { lastLines, withProgress } from "./progress.mjs";

/** The project's own copy, used where the machine has none. */
const COPY = join(CACHE, "nats", "nats-server");

const NEXT_STEP = [
  "Install a NATS server 2.9 or newer, in one of these ways, then run the command again:",
  "  Debian, Ubuntu   sudo apt-get install nats-server",
  "  macOS            brew install nats-server",
  "  other            https://github.com/nats-io/nats-server/releases",
  "Or set CAUSEWAY_NATS_SERVER to the path of one, or, for npm start, CAUSEWAY_NATS_URL to a running one with JetStream.",
].join("\n");

/**
 * The NATS server to run: the one that `CAUSEWAY_NATS_SERVER` names, else one on PATH, else the project's own copy, or undefined.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function findNatsServer({ CAUSEWAY_NATS_SERVER: told, PATH = "" }) {
  if (told) {
    if (executable(told)) return told;
    throw new Problem(`CAUSEWAY_NATS_SERVER is ${told}, which cannot be executed.`, "Correct it or unset it.");
  }
  // Debian puts servers into /usr/sbin, which is not on everybody's PATH.
  const folders = [...PATH.split(delimiter), "/usr/local/sbin", "/usr/sbin"].filter((folder) => folder !== "");
  return [...folders.map((folder) => join(folder, "nats-server")), COPY].find(executable);
}

/** The copy that is fetched where no server is found: Debian's package, unpacked without being installed. */
export const natsServerCopy = {
  isDone: () => existsSync(COPY),

  run: () =>
    withProgress("fetching the NATS server (Debian package)", async () => {
      const workspace = await mkdtemp(join(tmpdir(), "causeway-nats-"));
      try {
        await unpack(await download(workspace), workspace);
        await keep(join(workspace, "usr/sbin/nats-server"));
      } finally {
        await rm(workspace, { recursive: true, force: true });
      }
    }),
};

/**
 * Downloads the package with the lists that the machine has, else with fresh lists of its own, for which nobody need be root.
 *
 * @param {string} workspace
 */
async function download(workspace) {
  const first = await aptGet(workspace, [], "download", "nats-server");
  if (first.code === 127)
    throw new Problem("No NATS server was found, and there is no apt-get to fetch one with.", NEXT_STEP);
  if (first.code !== 0) {
    const lists = await ownLists(workspace);
    const update = await aptGet(workspace, lists, "update");
    const second = await aptGet(workspace, lists, "download", "nats-server");
    if (second.code !== 0) throw notFetched(`${update.output}\n${second.output}`);
  }
  const file = (await readdir(workspace)).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw notFetched(first.output);
  return join(workspace, file);
}

/**
 * @param {string} workspace Where the package is put.
 * @param {readonly string[]} options
 * @param {...string} command
 */
function aptGet(workspace, options, ...command) {
  // apt's unprivileged download user has no way into a folder of ours.
  const quiet = ["--quiet", "--option", "APT::Sandbox::User=", ...options];
  return runQuietly("apt-get", [...quiet, ...command], { cwd: workspace });
}

/**
 * apt options that keep the package lists in the workspace.
 *
 * @param {string} workspace
 */
async function ownLists(workspace) {
  const lists = join(workspace, "lists");
  const cache = join(workspace, "cache");
  await Promise.all([
    mkdir(join(lists, "partial"), { recursive: true }),
    mkdir(join(cache, "archives/partial"), { recursive: true }),
  ]);
  return ["--option", `Dir::State::lists=${lists}`, "--option", `Dir::Cache=${cache}`];
}

/**
 * @param {string} file
 * @param {string} folder
 */
async function unpack(file, folder) {
  const { code, output } = await runQuietly("dpkg-deb", ["--extract", file, folder]);
  if (code !== 0) throw notFetched(output);
}

/**
 * Puts the binary in its place, at once and only if it runs here.
 *
 * @param {string} binary
 */
async function keep(binary) {
  const { code, output } = await runQuietly(binary, ["--version"]);
  if (code !== 0) throw notFetched(output);
  const unfinished = `${COPY}.${process.pid}`;
  await mkdir(join(COPY, ".."), { recursive: true });
  await copyFile(binary, unfinished);
  await rename(unfinished, COPY);
}

/** @param {string} output */
function notFetched(output) {
  return new Problem(
    `No NATS server was found, and the Debian package could not be fetched:\n${lastLines(output)}`,
    NEXT_STEP,
  );
}

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
