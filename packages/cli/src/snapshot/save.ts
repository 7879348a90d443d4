import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { indexOf, packSnapshot, readBuckets } from "@causeway/bus/snapshot";
import type { SnapshotFlags } from "../commands/snapshot.ts";
import type { Context } from "../context.ts";
import { CommandError } from "../errors.ts";
import { asOperator } from "./operator-bus.ts";
import { explained, readSnapshot } from "./snapshot-file.ts";

/** Writes the state of a datacenter to `file`, whole or not at all, and reads it again to be sure of it. */
export async function saveSnapshot(file: string, flags: SnapshotFlags, context: Context): Promise<void> {
  const read = () => asOperator(flags, context, (bus) => readBuckets(bus, Date.now()));
  const snapshot = await explained("Error saving snapshot", read);
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    // Secrets of tokens are in it, and the CA's keys, if sealed.
    await writeFile(partial, packSnapshot(snapshot), { mode: 0o600, flush: true });
    const { snapshot: verified } = await readSnapshot(partial);
    await rename(partial, file);
    context.out(`Saved and verified snapshot to index ${indexOf(verified)}`);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof CommandError || !(cause instanceof Error)) throw cause;
    throw new CommandError(`Error writing snapshot file: ${cause.message}`, 1, { cause });
  }
}
