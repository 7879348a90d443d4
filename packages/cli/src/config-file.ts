import { readFile } from "node:fs/promises";
import { HclError, parseConfigText } from "@causeway/hcl";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";

/** Reads an HCL or JSON file, or standard input when `file` is "-". Throws a CommandError that names file, line and what is wrong. */
export async function readConfigFile(file: string, context: Context): Promise<Record<string, unknown>> {
  const text = file === "-" ? await context.readStdin() : await readText(file);
  try {
    const value = parseConfigText(text, { file: file === "-" ? "standard input" : file });
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new CommandError(`${file}: holds no object`);
    return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof HclError) throw new CommandError(error.message, 1, { cause: error });
    throw error;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError(`Failed to load data: ${(cause as Error).message}`, 1, { cause });
  }
}
