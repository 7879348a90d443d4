import { join } from "node:path";

/** Where a datacenter's bus is, and by what its processes are known there. */
export type BusAccess = {
  readonly url: string;
  /** Its folder of `causeway bus init`; undefined where the servers ask for nothing, or the environment says all. */
  readonly folder: string | undefined;
};

/** The bus that an operator runs himself; undefined where none is named. */
export function ownBus(env: NodeJS.ProcessEnv): BusAccess | undefined {
  const url = env["CAUSEWAY_NATS_URL"] || undefined;
  return url === undefined ? undefined : { url, folder: env["CAUSEWAY_NATS_DIR"] || undefined };
}

/** What a service is told of the bus: of the seeds, its own alone. */
export function busVariables({ url, folder }: BusAccess, service: string): Record<string, string | undefined> {
  if (folder === undefined) return { CAUSEWAY_NATS_URL: url };
  const others = { CAUSEWAY_NATS_CREDENTIALS_FILE: undefined, CAUSEWAY_NATS_USER: undefined };
  return { CAUSEWAY_NATS_URL: url, ...seedVariables(folder, service), ...others };
}

/** Where the seed of a role is in such a folder, and what servers are checked by. */
export function seedVariables(folder: string, role: string): Record<string, string> {
  return { CAUSEWAY_NATS_NKEY_FILE: join(folder, `${role}.nk`), CAUSEWAY_NATS_CA_FILE: join(folder, "ca.pem") };
}
