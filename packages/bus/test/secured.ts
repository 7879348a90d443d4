import { join } from "node:path";
import { type NatsServer, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { type BusLog, connectBus } from "../src/index.ts";
import { type BusDatacenter, initBus } from "../src/setup/index.ts";

const HOUR_MS = 3_600_000;
const HOSTS = ["localhost", "127.0.0.1"];

/** Makes secured servers for these datacenters, of which the first takes in the others. */
export async function securedFolder(
  folder: string,
  datacenters: readonly [string, ...string[]],
  leafPort?: number,
): Promise<void> {
  const [primary, ...others] = datacenters.map((datacenter) => ({
    datacenter,
    hosts: HOSTS,
    listen: "127.0.0.1:-1",
    ...linked(datacenter === datacenters[0], leafPort),
  }));
  if (primary === undefined) throw new Error("there is no datacenter");
  const setup = { folder, nowMs: Date.now(), ttlMs: HOUR_MS, existing: "refuse" } as const;
  await initBus({ ...setup, datacenters: [primary, ...others] });
}

function linked(primary: boolean, port: number | undefined): Pick<BusDatacenter, "accepts" | "joins"> {
  if (port === undefined) return {};
  return primary ? { accepts: { listen: `127.0.0.1:${port}` } } : { joins: `nats-leaf://127.0.0.1:${port}` };
}

/** A datacenter's server, with a folder of its own for what it keeps. */
export function startSecured(folder: string, datacenter: string): Promise<NatsServer> {
  return startNatsServer({
    configFile: join(folder, datacenter, "nats.conf"),
    storeDir: join(folder, datacenter, "store"),
  });
}

/** A connection with the seed of a role. */
export function connectAs(role: string, nats: NatsServer, folder: string, datacenter: string, log: BusLog = SILENT) {
  const credentials = {
    natsNkeyFile: join(folder, datacenter, `${role}.nk`),
    natsCaFile: join(folder, datacenter, "ca.pem"),
  };
  return connectBus({ url: nats.url, name: role, datacenter, primaryDatacenter: "dc1", credentials, log });
}

const SILENT: BusLog = { info: () => {}, warn: () => {} };

export { temporaryDirectory };
