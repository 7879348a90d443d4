import type { Command } from "commander";
import { type AgentFlags, type Context, withAgentFlags } from "../context.ts";
import { withExamples } from "../examples.ts";
import { outputFormat } from "../output-format.ts";

/** Where the bus is, and by what this command is known there; what is absent the agent tells. */
export type SnapshotFlags = AgentFlags & {
  readonly natsUrl?: string;
  readonly natsDir?: string;
  readonly natsNkeyFile?: string;
  readonly natsCaFile?: string;
  readonly primaryDatacenter?: string;
};

/** Adds `snapshot`. What reads and writes buckets is loaded only when it runs. @see https://developer.hashicorp.com/consul/commands/snapshot */
export function addSnapshotCommands(program: Command, context: Context): void {
  const snapshot = program
    .command("snapshot")
    .description("back up the state of a datacenter, and restore it; by the seed of the bus's operator");
  withBusFlags(snapshot.command("save <file>"))
    .description("write the state to a file that only this user may read")
    .action(async (file: string, flags: SnapshotFlags) => {
      const { saveSnapshot } = await import("../snapshot/save.ts");
      await saveSnapshot(file, flags, context);
    });
  withBusFlags(snapshot.command("restore <file>"))
    .description(
      "make the state what it is in a file; nothing is changed when that is damaged or of another datacenter",
    )
    .action(async (file: string, flags: SnapshotFlags) => {
      const { restoreSnapshot } = await import("../snapshot/restore.ts");
      await restoreSnapshot(file, flags, context);
    });
  snapshot
    .command("inspect <file>")
    .description("tell what is in a file, and whether it is whole")
    .addOption(outputFormat())
    .action(async (file: string, { format }: { readonly format: string }) => {
      const { inspectSnapshot } = await import("../snapshot/inspect.ts");
      await inspectSnapshot(file, format, context);
    });
  withExamples(snapshot, [
    "causeway snapshot save backup.snap                                # the bus of the agent of this machine",
    "causeway snapshot save -nats-url tls://nats.example.com:4222 -nats-dir /etc/causeway/bus/dc1 -datacenter dc1 backup.snap",
    "causeway snapshot inspect backup.snap",
    "causeway snapshot restore backup.snap",
  ]);
}

function withBusFlags(command: Command): Command {
  return withAgentFlags(command, ["datacenter"])
    .option("--nats-url <urls>", "NATS servers, with commas between (CAUSEWAY_NATS_URL; default: those of the agent)")
    .option("--nats-dir <folder>", "folder of `causeway bus init` with operator.nk and ca.pem (CAUSEWAY_NATS_DIR)")
    .option("--nats-nkey-file <file>", "seed of the operator, elsewhere than there (CAUSEWAY_NATS_NKEY_FILE)")
    .option("--nats-ca-file <file>", "CAs by which the servers are checked (CAUSEWAY_NATS_CA_FILE)")
    .option("--datacenter <name>", "which datacenter this is; with it and -nats-url no agent is asked")
    .option("--primary-datacenter <name>", "where global state is written; this datacenter when absent");
}
