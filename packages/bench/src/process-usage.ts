import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** What a process has used so far, and holds now. */
export type ProcessUsage = {
  /** User and system time of all its threads, ended ones included. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
};

/** Linux counts the times of /proc in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** A process is idle when it has used at most so many ticks in `IDLE_FOR_MS`. */
const IDLE_TICKS = 1;
const IDLE_FOR_MS = 300;
const IDLE_WITHIN_MS = 60_000;

/**
 * User and system time in seconds.
 *
 * @param stat - text of /proc/<pid>/stat; the command's name in it may hold blanks and brackets.
 * @see proc_pid_stat(5), fields 14 and 15
 */
export function cpuSecondsOf(stat: string): number {
  const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_SECOND;
}

/** Resident memory in bytes, from the text of /proc/<pid>/status; 0 of a process that has ended. */
export function residentBytesOf(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}

/** What the process has used by now. Throws when there is no such process. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return { cpuSeconds: cpuSecondsOf(stat), residentBytes: residentBytesOf(status) };
}

/** Processor time that the process uses while `work` runs, in seconds, and what that gives. */
export async function cpuOf<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ readonly cpuSeconds: number; readonly result: T }> {
  const before = await usageOf(pid);
  const result = await work();
  const after = await usageOf(pid);
  return { cpuSeconds: after.cpuSeconds - before.cpuSeconds, result };
}

/** Resolves once the process has had nothing to do for a while; throws when it has after a minute. */
export async function whenIdle(pid: number): Promise<void> {
  const deadline = performance.now() + IDLE_WITHIN_MS;
  let last = (await usageOf(pid)).cpuSeconds;
  while (performance.now() < deadline) {
    await delay(IDLE_FOR_MS);
    const { cpuSeconds } = await usageOf(pid);
    if (cpuSeconds - last <= IDLE_TICKS / TICKS_PER_SECOND + Number.EPSILON) return;
    last = cpuSeconds;
  }
  throw new Error(`process ${pid} was still busy after ${IDLE_WITHIN_MS / 1_000} s; is it in a loop?`);
}
