import { readdir, readFile } from "node:fs/promises";

/** A process of this machine. `cpuSeconds` is what it has used of processors so far. */
export type FoundProcess = { readonly pid: number; readonly command: string; readonly cpuSeconds: number };

/** What Linux counts processor time in. */
const TICKS_PER_SECOND = 100;

/** Processes of this machine, without this one, whose command line or environment names `text`: a folder that is in that of a test's own. */
export async function processesOf(text: string): Promise<readonly FoundProcess[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    ids.map(async (id) => {
      const [command = "", environment = "", stat = ""] = await Promise.all(
        ["cmdline", "environ", "stat"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")),
      );
      if (!command.includes(text) && !environment.includes(text)) return [];
      return [{ pid: Number(id), command: command.replaceAll("\0", " ").trim(), cpuSeconds: cpuSecondsOf(stat) }];
    }),
  );
  return found.flat();
}

/** The 14th and 15th field, counted behind the name, which may have spaces. @see proc_pid_stat(5) */
function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}
