import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { spawnProcess } from "@causeway/testkit";
import { isInstalled, run } from "./command.ts";

/** buildah and podman, as they are run on this machine. */
export type ContainerTools = AsyncDisposable & {
  readonly buildah: (...args: readonly string[]) => Promise<string>;
  readonly podman: (...args: readonly string[]) => Promise<string>;
};

/** The type of a cgroup v2 file system, as statfs(2) tells it. */
const CGROUP2 = 0x63677270;

/** Says why no container can be run here, or gives undefined where one can. */
export async function whyNoContainers(): Promise<string | undefined> {
  for (const command of ["buildah", "podman", "unshare", "nsenter", "dpkg-deb"]) {
    if (!(await isInstalled(command))) return `${command} is not installed (apt-get install buildah podman)`;
  }
  return process.getuid?.() === 0 ? undefined : "only root may mount what a container of this test needs";
}

/** The tools with the operator's own storage. */
export const ownTools: ContainerTools = {
  buildah: (...args) => run("buildah", args),
  podman: (...args) => run("podman", args),
  [Symbol.asyncDispose]: async () => undefined,
};

/**
 * The tools with a storage of their own in `folder`, inside of a mount namespace that ends with them, so that nothing is left behind.
 *
 * Where the machine has control groups of version 1, crun refuses to start anything, even without a group: the namespace has those of
 * version 2 instead.
 */
export async function privateTools(folder: string): Promise<ContainerTools> {
  const cgroups = (await statfs("/sys/fs/cgroup")).type === CGROUP2 ? "" : CGROUPS_OF_VERSION_2;
  const namespace = await spawnProcess(
    "unshare",
    ["--mount", "sh", "-c", `${cgroups} echo entered; exec sleep infinity`],
    {
      readyWhen: (line) => line.includes("entered"),
    },
  );
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  const ending = new AbortController();
  const running = new Set<Promise<string>>();
  const within =
    (command: string) =>
    (...args: readonly string[]) => {
      const enter = [`--mount=/proc/${namespace.pid}/ns/mnt`, command, ...storage, ...args];
      const result = run("nsenter", enter, { signal: ending.signal });
      running.add(result);
      return result.finally(() => running.delete(result));
    };
  return {
    buildah: within("buildah"),
    podman: within("podman"),
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await Promise.allSettled(running);
      await namespace[Symbol.asyncDispose]();
    },
  };
}

const CGROUPS_OF_VERSION_2 = "umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup &&";
