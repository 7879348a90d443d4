import { readFile } from "node:fs/promises";
import { fieldPath, HclError, parseWithPositions } from "@causeway/hcl";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";

/** A file that has been read. */
export type ConfigFile = {
  readonly value: Readonly<Record<string, unknown>>;
  /** Adds to a refusal that names a field, such as `Services[0].Bogus`, where in the file that field stands. */
  readonly located: (refusal: string) => string;
};

/** Reads an HCL or JSON file, or standard input when `file` is "-". Throws a CommandError that names file, line and what is wrong. */
export async function readConfigFile(file: string, context: Context): Promise<ConfigFile> {
  const text = file === "-" ? await context.readStdin() : await readText(file);
  const name = file === "-" ? "standard input" : file;
  try {
    const { value, lineOf } = parseWithPositions(text, { file: name });
    return {
      value,
      located: (refusal) => {
        const field = /"([A-Za-z_][\w.[\]]*)"/.exec(refusal)?.[1];
        const line = field === undefined ? undefined : lineOf(fieldPath(field));
        return line === undefined ? refusal : `${refusal} at ${name}:${line}`;
      },
    };
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
