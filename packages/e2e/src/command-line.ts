import { fileURLToPath } from "node:url";
import { spawnProcess } from "@causeway/testkit";

/** The file behind the command `causeway`. */
export const CAUSEWAY = fileURLToPath(import.meta.resolve("@causeway/cli/main"));

/** How a command ended, and what it wrote. */
export type CommandResult = { readonly status: number | null; readonly out: string; readonly err: string };

/** Runs `causeway` with these arguments to its end, in a process of its own. */
export async function runCauseway(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<CommandResult> {
  await using running = await spawnProcess(process.execPath, [CAUSEWAY, ...args], { env });
  const { code } = await running.exited;
  const written = (from: "stdout" | "stderr") =>
    running.lines
      .filter(({ stream }) => stream === from)
      .map(({ text }) => text)
      .join("\n");
  return { status: code, out: written("stdout"), err: written("stderr") };
}
