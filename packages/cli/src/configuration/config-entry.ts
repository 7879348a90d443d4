import { readFile } from "node:fs/promises";
import { fieldPath, parseWithPositions } from "@causeway/hcl";
import { CommandError } from "../errors.ts";

/** A file that holds a config entry. */
export type EntryFile = {
  readonly file: string;
  readonly entry: Readonly<Record<string, unknown>>;
  /** The line on which a field stands. */
  readonly lineOf: (field: string) => number | undefined;
};

/** Reads the config entry in a file; undefined where it holds none, be it that it cannot be read at all. */
export async function readConfigEntry(file: string): Promise<EntryFile | undefined> {
  try {
    const { value, lineOf } = parseWithPositions(await readFile(file, "utf8"), { file });
    if (value["Kind"] === undefined && value["kind"] === undefined) return undefined;
    return { file, entry: value, lineOf: (field) => lineOf(fieldPath(field)) };
  } catch {
    // Who reads it as definitions says what is wrong with it.
    return undefined;
  }
}

/** Throws a CommandError that names the file, the line where it is known, and what its owner would have against the entry. */
export async function refuseBadEntry({ file, entry, lineOf }: EntryFile): Promise<void> {
  const [{ Refusal }, { checkEntry }, { legalEntry }] = await Promise.all([
    import("@causeway/bus"),
    import("@causeway/config-entries/check-entry"),
    import("@causeway/intentions/legal-entry"),
  ]);
  try {
    if (!checkEntry(entry)) legalEntry(entry);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    const field = /"([A-Za-z_][\w.[\]]*)"/.exec(cause.message)?.[1];
    const line = field === undefined ? undefined : lineOf(field);
    throw new CommandError(`${file}${line === undefined ? "" : `:${line}`}: ${cause.message}`, 1, { cause });
  }
}
