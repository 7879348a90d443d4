import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Definition, DefinitionError, type Definitions, decodeDefinitions } from "./decode.ts";

const EXTENSIONS = /\.(hcl|json)$/;

/**
 * What files and folders define, in the order in which they are given.
 *
 * @throws DefinitionError for the first file that cannot be read or used; what other files define is then not told either.
 */
export async function readDefinitions(paths: readonly string[]): Promise<Definitions> {
  const services: Definition[] = [];
  const checks: Definition[] = [];
  for (const path of paths) {
    for (const file of await definitionFiles(path)) {
      const text = await read(file, () => readFile(file, "utf8"));
      // Files that are being written, or kept empty as a marker, define nothing.
      if (text.trim() === "") continue;
      const found = decodeDefinitions(text, file);
      services.push(...found.services);
      checks.push(...found.checks);
    }
  }
  return { services, checks };
}

/**
 * The files that a path stands for: itself, or those in a folder, by name.
 *
 * @throws DefinitionError when there is nothing under this path.
 */
export async function definitionFiles(path: string): Promise<readonly string[]> {
  const facts = await read(path, () => stat(path));
  if (!facts.isDirectory()) return [path];
  const entries = await read(path, () => readdir(path, { withFileTypes: true }));
  const names = entries.filter((entry) => !entry.isDirectory() && EXTENSIONS.test(entry.name)).map(({ name }) => name);
  return names.sort().map((name) => join(path, name));
}

async function read<T>(path: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new DefinitionError(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
