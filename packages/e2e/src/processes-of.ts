import { readdir, readFile } from "node:fs/promises";

/** A process of this machine. */
export type FoundProcess = { readonly pid: number; readonly command: string };

/** Processes of this machine, without this one, whose command line or environment names `text`: a folder that is in that of a test's own. */
export async function processesOf(text: string): Promise<readonly FoundProcess[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    ids.map(async (id) => {
      const [command = "", environment = ""] = await Promise.all(
        ["cmdline", "environ"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")),
      );
      if (!command.includes(text) && !environment.includes(text)) return [];
      return [{ pid: Number(id), command: command.replaceAll("\0", " ").trim() }];
    }),
  );
  return found.flat();
}
