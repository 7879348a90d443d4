import { readFile } from "node:fs/promises";
import { type Snapshot, SnapshotError, unpackSnapshot } from "@causeway/bus/snapshot";
import { CommandError } from "../errors.ts";

/** Reads and checks a snapshot. Throws a CommandError that names the file and says what is wrong with it. */
export async function readSnapshot(file: string): Promise<{ readonly snapshot: Snapshot; readonly bytes: number }> {
  const content = await readFile(file).catch((cause: Error) => {
    throw new CommandError(`Error opening snapshot file: ${cause.message}`, 1, { cause });
  });
  const snapshot = await explained(`${file} cannot be used`, async () => unpackSnapshot(content));
  return { snapshot, bytes: content.byteLength };
}

/** Does `work`, whose refusal of a snapshot becomes the end of the command. */
export async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SnapshotError)) throw cause;
    throw new CommandError(`${what}: ${cause.message}`, 1, { cause });
  }
}
