import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A build may say a lot. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What a command says of why it failed stands at its end. */
const QUOTED_LINES = 25;

/** Where a program is run, and until when: it is ended when `signal` aborts. */
type RunOptions = { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal };

/**
 * Runs a program to its end, without a shell, and gives what it wrote to standard output.
 *
 * @throws Error with the last lines of its output when it fails or cannot be started.
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env = process.env, signal }: RunOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, env, signal, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      message,
    } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    const said = `${stdout}${stderr}`.trimEnd().split("\n").slice(-QUOTED_LINES).join("\n");
    throw new Error(said === "" ? message : `${command} failed:\n${said}`, { cause: error });
  }
}

/** Whether a program is on PATH and can say its version. */
export function isInstalled(command: string): Promise<boolean> {
  return run(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
