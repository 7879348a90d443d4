import { join } from "node:path";
import { initBus } from "@causeway/bus/setup";
import type { BusAccess } from "./bus-access.ts";
import type { Supervisor } from "./supervisor.ts";

/** The buses of some datacenters on this machine. */
export type LocalBusOptions = {
  /** The first is the primary one. */
  readonly datacenters: readonly [string, ...string[]];
  /** Where keys, certificates and configuration are; what is there of the keys is kept. */
  readonly folder: string;
  /** Where the primary's server takes in the others; needed where there are some. */
  readonly leafPort?: number | undefined;
};

const HOST = "127.0.0.1";
const DAYS_MS = 825 * 86_400_000;

/** Makes what the servers of these datacenters and all of their services need, so that they can be started side by side. */
export async function makeLocalBus({ datacenters, folder, leafPort }: LocalBusOptions): Promise<void> {
  const [primary, ...others] = datacenters;
  const common = { hosts: ["localhost", HOST], listen: `${HOST}:-1` };
  const accepts = leafPort === undefined ? {} : { accepts: { listen: `${HOST}:${leafPort}` } };
  const joins = `nats-leaf://${HOST}:${leafPort}`;
  await initBus({
    folder,
    datacenters: [
      { datacenter: primary, ...common, ...accepts },
      ...others.map((datacenter) => ({ datacenter, ...common, joins })),
    ],
    existing: "update",
    nowMs: Date.now(),
    ttlMs: DAYS_MS,
  });
}

/** Starts the server of one of them, which the supervisor ends; `name` is where it keeps its state and its log. */
export async function startLocalBus(
  supervisor: Supervisor,
  name: string,
  folder: string,
  datacenter: string,
): Promise<BusAccess> {
  const own = join(folder, datacenter);
  return { url: await supervisor.startNats(name, join(own, "nats.conf")), folder: own };
}
