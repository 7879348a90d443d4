import { writeBuckets } from "@causeway/bus/snapshot";
import type { SnapshotFlags } from "../commands/snapshot.ts";
import type { Context } from "../context.ts";
import { asOperator } from "./operator-bus.ts";
import { explained, readSnapshot } from "./snapshot-file.ts";

/** Makes the state of a datacenter what it is in `file`, which is checked to its end before the bus is so much as asked for. */
export async function restoreSnapshot(file: string, flags: SnapshotFlags, context: Context): Promise<void> {
  const { snapshot } = await readSnapshot(file);
  const restored = await explained("Error restoring snapshot", () =>
    asOperator(flags, context, (bus) => writeBuckets(bus, snapshot)),
  );
  context.out("Restored snapshot");
  context.err(`${restored.written} records written, ${restored.removed} removed`);
}
