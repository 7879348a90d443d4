import { join } from "node:path";
import type { BusCredentials } from "@causeway/bus";
import { type BusDatacenter, initBus } from "@causeway/bus/setup";

/** A datacenter whose bus is to be secured: at which addresses its servers are reached, and how they are joined. */
export type SecuredDatacenter = Pick<
  BusDatacenter,
  "datacenter" | "hosts" | "monitor" | "accepts" | "joins" | "cluster"
>;

const DAY_MS = 86_400_000;

/** Makes below a folder what the NATS servers and services of these datacenters need, the first being the primary one. */
export async function secureBus(
  folder: string,
  [primary, ...others]: readonly [SecuredDatacenter, ...SecuredDatacenter[]],
): Promise<void> {
  const made = (datacenter: SecuredDatacenter): BusDatacenter => ({ ...datacenter, listen: "127.0.0.1:-1" });
  const datacenters = [made(primary), ...others.map(made)] as const;
  await initBus({ folder, datacenters, existing: "refuse", nowMs: Date.now(), ttlMs: DAY_MS });
}

/** By what whoever connects to the bus of such a folder's datacenter is a role. */
export function credentialsOf(folder: string, role: string): BusCredentials {
  return { natsNkeyFile: join(folder, `${role}.nk`), natsCaFile: join(folder, "ca.pem") };
}

/** What a process is told so that it is a role's on the bus of such a folder's datacenter. */
export function seedVariables(folder: string, role: string): Readonly<Record<string, string>> {
  return { CAUSEWAY_NATS_NKEY_FILE: join(folder, `${role}.nk`), CAUSEWAY_NATS_CA_FILE: join(folder, "ca.pem") };
}
