import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Bus, BusError, connectBus } from "@causeway/bus";
import { OPERATOR } from "@causeway/model";
import type { SnapshotFlags } from "../commands/snapshot.ts";
import { agentOf, type Context } from "../context.ts";
import { CommandError } from "../errors.ts";

/** What the agent tells of the bus that it is on. */
type BusFacts = {
  readonly Datacenter: string;
  readonly PrimaryDatacenter: string;
  readonly Servers: readonly string[];
  readonly Folder?: string;
};

/**
 * Does `work` as the operator of the bus that the flags name, or the agent, and lets go of it.
 *
 * @throws CommandError that says what is missing, or what NATS refuses.
 */
export async function asOperator<T>(
  flags: SnapshotFlags,
  context: Context,
  work: (bus: Bus) => Promise<T>,
): Promise<T> {
  const { env } = context;
  const facts = await busFacts(flags, context);
  const credentials = await credentialsOf(flags, env, facts.Folder);
  try {
    const bus = await connectBus({
      url: facts.Servers.join(","),
      name: "causeway snapshot",
      role: OPERATOR,
      datacenter: facts.Datacenter,
      primaryDatacenter: facts.PrimaryDatacenter,
      credentials,
      log: {
        info: ({ reason }: { reason?: string }, message) =>
          context.err(`${message}${reason === undefined ? "" : `: ${reason}`}`),
        warn() {},
      },
    });
    try {
      return await work(bus);
    } finally {
      await bus.drain();
    }
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    throw new CommandError(cause.message, 1, { cause });
  }
}

async function busFacts(flags: SnapshotFlags, context: Context): Promise<BusFacts> {
  const url = flags.natsUrl ?? context.env["CAUSEWAY_NATS_URL"];
  const { datacenter: Datacenter, primaryDatacenter: PrimaryDatacenter = Datacenter } = flags;
  if (url !== undefined && Datacenter !== undefined && PrimaryDatacenter !== undefined) {
    return { Datacenter, PrimaryDatacenter, Servers: [url] };
  }
  const { datacenter: _, ...toAgent } = flags;
  const told = await agentOf(toAgent, context).json<BusFacts>("GET", "/v1/agent/bus");
  if (Datacenter !== undefined && Datacenter !== told.Datacenter) {
    throw new CommandError(
      `The agent belongs to the datacenter ${told.Datacenter}: ask one of ${Datacenter}, or name its servers by -nats-url`,
    );
  }
  return url === undefined ? told : { ...told, Servers: [url] };
}

/** The operator's seed; none where the servers ask for none, which they then say themselves. */
async function credentialsOf(flags: SnapshotFlags, env: NodeJS.ProcessEnv, told: string | undefined) {
  const folder = flags.natsDir ?? env["CAUSEWAY_NATS_DIR"] ?? told;
  const natsNkeyFile = flags.natsNkeyFile ?? env["CAUSEWAY_NATS_NKEY_FILE"] ?? inFolder(folder, `${OPERATOR}.nk`);
  const natsCaFile = flags.natsCaFile ?? env["CAUSEWAY_NATS_CA_FILE"] ?? inFolder(folder, "ca.pem");
  if (natsNkeyFile !== undefined) await refuseUnreadable(natsNkeyFile);
  return {
    ...(natsNkeyFile === undefined ? {} : { natsNkeyFile }),
    ...(natsCaFile === undefined ? {} : { natsCaFile }),
  };
}

function inFolder(folder: string | undefined, file: string): string | undefined {
  return folder === undefined ? undefined : join(folder, file);
}

async function refuseUnreadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new CommandError(
      `NATS asks for credentials, and ${file} cannot be read: name the operator's seed, which \`causeway bus init\` made, by -nats-nkey-file or -nats-dir`,
      1,
      { cause },
    );
  }
}
