import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { TestkitError } from "./errors.ts";

/** Where the bootstrap (`scripts/run.mjs`) keeps the copy that it fetched. */
const CACHED_COPY = resolve(import.meta.dirname, "../../../.causeway/nats/nats-server");

/**
 * The path of the NATS server to run: `CAUSEWAY_NATS_SERVER`, else the one on `PATH`, else the project's own copy.
 *
 * @throws TestkitError `NATS_SERVER_NOT_FOUND` when none of them can be executed.
 */
export function findNatsServer(env: NodeJS.ProcessEnv = process.env): string {
  const looked = candidates(env);
  const found = looked.find(executable);
  if (found === undefined) throw new TestkitError({ code: "NATS_SERVER_NOT_FOUND", looked });
  return found;
}

function candidates({ CAUSEWAY_NATS_SERVER: told, PATH = "" }: NodeJS.ProcessEnv): readonly string[] {
  // Whoever names a binary wants that one or none.
  if (told !== undefined && told !== "") return [told];
  const folders = PATH.split(delimiter).filter((folder) => folder !== "");
  return [...folders.map((folder) => join(folder, "nats-server")), CACHED_COPY];
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
