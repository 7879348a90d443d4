import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectBus } from "@causeway/bus";
import { natsConfig } from "@causeway/bus/setup";
import { OPERATOR } from "@causeway/model";
import { eventually, type NatsServer, startNatsServer } from "@causeway/testkit";
import { START_UP_MS } from "./limits.ts";
import type { Place } from "./place.ts";
import { reservePort } from "./ports.ts";
import { credentialsOf } from "./secured-bus.ts";

/** The NATS of one datacenter that is to be started. */
export type NatsServersOptions = {
  readonly datacenter: string;
  /** 3 are a cluster that outlives any one of them. */
  readonly count: number;
  /** Its part of a secured bus. */
  readonly busFolder: string;
  /** Folder of what the servers keep. */
  readonly folder: string;
  readonly place: Place;
};

/** Starts the NATS servers of a datacenter, which whoever starts them ends; resolves when they take connections, and have a leader. */
export async function startNatsServers(
  options: NatsServersOptions,
  resources: AsyncDisposableStack,
): Promise<readonly [NatsServer, ...NatsServer[]]> {
  const { datacenter, count, busFolder, place } = options;
  if (count === 1) return [resources.use(await start(options, 1, join(busFolder, "nats.conf")))];
  const ports = await Promise.all(Array.from({ length: count }, () => reservePort()));
  const routes = ports.map((port) => `nats-route://${place.local}:${port}`);
  const started = await Promise.all(
    ports.map(async (port, at) => {
      const cluster = { listen: `${place.local}:${port}`, routes };
      const config = join(busFolder, `nats-${at + 1}.conf`);
      await writeFile(config, natsConfig({ datacenter, folder: busFolder, listen: `${place.local}:-1`, cluster }));
      return resources.use(await start(options, at + 1, config));
    }),
  );
  const [first, ...others] = started;
  if (first === undefined) throw new Error("a datacenter has at least one NATS server");
  await electLeader(first, options);
  return [first, ...others];
}

async function start({ folder, place }: NatsServersOptions, number: number, configFile: string): Promise<NatsServer> {
  return await startNatsServer({
    host: place.local,
    port: await reservePort(),
    configFile,
    storeDir: join(folder, `nats-${number}`),
    // A server of a cluster takes its name from there.
    within: [...place.within, "env", `HOSTNAME=nats-${number}`],
  });
}

/** Resolves when JetStream answers, which a cluster's does once its servers have met. */
async function electLeader({ url }: NatsServer, { datacenter, busFolder }: NatsServersOptions): Promise<void> {
  const log = { info() {}, warn() {} };
  const bus = await connectBus({
    url,
    name: OPERATOR,
    datacenter,
    credentials: credentialsOf(busFolder, OPERATOR),
    log,
  });
  await eventually(() => bus.manager.getAccountInfo(), { timeoutMs: START_UP_MS });
  await bus.drain();
}
