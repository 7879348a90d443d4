import { spawn } from "node:child_process";

/**
 * Sees to it that the process group of `pid` ends with this process, however this process ends: a small shell waits for the end of a
 * pipe that only this process holds open.
 *
 * @returns ends the guard, which leaves the group alone from then on.
 */
export function guardProcessGroup(pid: number): () => void {
  const guard = spawn("/bin/sh", ["-c", 'read -r _; kill -s KILL -- "-$1"', "guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a group of its own: Ctrl-C must not end the guard before those whom it guards.
    detached: true,
  });
  guard.on("error", () => {});
  guard.unref();
  return () => guard.kill("SIGKILL");
}

/** Kills what is left of a process group at once; nothing left is fine. */
export function killProcessGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
