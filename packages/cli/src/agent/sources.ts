import { readFile, stat } from "node:fs/promises";
import {
  DefinitionError,
  decodeDefinitions,
  decodeSettings,
  definitionFiles,
  type Fields,
} from "@causeway/definitions";
import { CommandError } from "../errors.ts";
import { flagSettings, type GivenFlags } from "./flags.ts";
import { mergeSettings } from "./merge.ts";

/** What a command line says of where the configuration is. */
export type SourceFlags = {
  readonly dev: boolean;
  /** Files and folders, in the order in which they were given. */
  readonly paths: readonly string[];
  /** Fragments of configuration. */
  readonly fragments: readonly string[];
  /** Lets files be read whatever their names end in. */
  readonly format: string | undefined;
  readonly given: GivenFlags;
};

/** All that the agent is told, put together. */
export type Sources = {
  readonly settings: Fields;
  /** Files and folders that define services and checks as well. */
  readonly paths: readonly string[];
  /** Fragments that define services or checks. */
  readonly defining: readonly string[];
  /** What was passed over, and why. */
  readonly warnings: readonly string[];
};

/** What `-dev` stands for, before any file is read. */
const DEV: Fields = { bind_addr: "127.0.0.1", server: true, connect: { enabled: true } };

/**
 * Reads every file and puts what they say together: defaults, files in their order, flags, fragments, of which later ones win.
 *
 * @throws CommandError that names the file or flag that cannot be used, in Consul's words.
 */
export async function readSources({ dev, paths, fragments, format, given }: SourceFlags): Promise<Sources> {
  const read: string[] = [];
  const warnings: string[] = [];
  const settings: Fields[] = dev ? [DEV] : [];
  for (const path of paths) {
    if (!(await isReadable(path, format))) {
      warnings.push(`skipping file ${path}, extension must be .hcl or .json, or config format must be set`);
      continue;
    }
    read.push(path);
    for (const file of await refusing(definitionFiles(path))) settings.push(await settingsOf(file));
  }
  const defining: string[] = [];
  settings.push(flagSettings(given));
  for (const [at, text] of fragments.entries()) {
    const file = `flags-${at}.hcl`;
    settings.push(await refusing(async () => decodeSettings(text, file)));
    const { services, checks } = await refusing(async () => decodeDefinitions(text, file));
    if (services.length + checks.length > 0) defining.push(text);
  }
  return { settings: mergeSettings(settings), paths: read, defining, warnings };
}

/** A folder's files are chosen by their names, one by itself too unless its format is told. */
async function isReadable(path: string, format: string | undefined): Promise<boolean> {
  if (format !== undefined && !["hcl", "json"].includes(format)) {
    throw new CommandError("config: -config-format must be either 'hcl' or 'json'");
  }
  const facts = await refusing(stat(path), "config: Open failed on");
  return facts.isDirectory() || format !== undefined || /\.(hcl|json)$/.test(path);
}

async function settingsOf(file: string): Promise<Fields> {
  const text = await refusing(readFile(file, "utf8"), "config: ReadFile failed for");
  return text.trim() === "" ? {} : await refusing(async () => decodeSettings(text, file));
}

/** Resolves as `work` does; what it refuses, and what the system does, is told as a command's failure. */
async function refusing<T>(work: Promise<T> | (() => Promise<T>), what?: string): Promise<T> {
  try {
    return await (typeof work === "function" ? work() : work);
  } catch (cause) {
    if (cause instanceof DefinitionError) throw new CommandError(cause.message.trim(), 1, { cause });
    if (what === undefined || !(cause instanceof Error)) throw cause;
    throw new CommandError(`${what} ${"path" in cause ? String(cause.path) : ""}: ${cause.message}`, 1, { cause });
  }
}
