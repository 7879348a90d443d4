import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";

/** What Node, npm and the steps of the Dockerfile need of Debian. */
const DEBIAN_PACKAGES = ["libc6", "libgcc-s1", "libstdc++6", "libatomic1", "dash", "coreutils"];

/** The npm of the image that stands in for `node`. */
const NPM_VERSION = "12.2.0";

const NPM_FLAGS = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];

/**
 * Lays out in `folder` what takes the place of the image `node` where no registry of images is at hand: libraries and a shell of Debian's
 * packages, npm, and the Node that runs this, which is the pinned one of the npm registry. Only builds use the shell and npm.
 *
 * Needs a machine whose Debian is as new as that Node asks for. Nothing of it is installed here.
 */
export async function layOutBase(folder: string): Promise<void> {
  const root = join(folder, "root");
  const packages = join(folder, "packages");
  await Promise.all([mkdir(join(root, "usr/local/bin"), { recursive: true }), mkdir(packages)]);
  await Promise.all([unpackDebian(packages, root), installNpm(root)]);
  await cp(process.execPath, join(root, "usr/local/bin/node"));
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  for (const path of ["tmp", "root", "etc"]) await mkdir(join(root, path), { recursive: true });
  await writeFile(join(folder, "Containerfile"), "FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin:/usr/bin:/bin\n");
}

async function unpackDebian(packages: string, root: string): Promise<void> {
  // The user that apt downloads as may not write here; it says so and goes on as root.
  await run("apt-get", ["download", "--quiet", ...DEBIAN_PACKAGES], { cwd: packages });
  const files = (await run("ls", [packages])).trim().split("\n");
  for (const file of files) await run("dpkg-deb", ["--extract", join(packages, file), root]);
}

async function installNpm(root: string): Promise<void> {
  const prefix = join(root, "usr/local/lib");
  await mkdir(prefix, { recursive: true });
  await run("npm", ["install", "--prefix", prefix, ...NPM_FLAGS, `npm@${NPM_VERSION}`]);
}
