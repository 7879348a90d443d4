import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BusExistsError, type BusFile, initBus } from "@causeway/bus/setup";
import type { Context } from "../context.ts";
import { CommandError } from "../errors.ts";
import { formatTable } from "../table.ts";
import { daysToMs } from "../tls-files.ts";
import { type BusPlanFlags, busPlan } from "./plan.ts";

/** The flags of `bus init`. */
export type BusFlags = BusPlanFlags & {
  readonly dir: string;
  readonly days: string;
  readonly update?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
};

/** Makes what a secured bus needs, and says what there is now and what to do with it. Throws a CommandError. */
export async function runBusInit(flags: BusFlags, context: Context): Promise<void> {
  if (flags.update === true && flags.force === true) {
    throw new CommandError("-update keeps the keys and -force makes new ones: give one of them");
  }
  const existing = flags.update === true ? "update" : flags.force === true ? "replace" : "refuse";
  const folder = resolve(flags.dir);
  const datacenters = busPlan(flags);
  const names = datacenters.map(({ datacenter }) => datacenter);
  await refuseForgotten(folder, names);
  const validity = { nowMs: Date.now(), ttlMs: daysToMs(flags.days) };
  const files = await initBus({ folder, datacenters, existing, ...validity }).catch((error: unknown) => {
    throw refusal(error);
  });
  if (flags.json === true)
    context.out(JSON.stringify({ Folder: folder, Datacenters: names, Files: files.map(told) }, null, 2));
  else context.out(`${tableOf(files)}\n\n${nextSteps(folder, names)}`);
}

/** Which datacenters join the primary's is in the primary's configuration: one that is left out would be shut out. */
async function refuseForgotten(folder: string, names: readonly string[]): Promise<void> {
  const there = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const others = there.filter((entry) => entry.isDirectory() && !names.includes(entry.name)).map(({ name }) => name);
  const made = others.filter((name) => existsSync(join(folder, name, "nats.conf")));
  if (made.length === 0) return;
  throw new CommandError(
    `${folder} also holds ${made.join(", ")}: give every datacenter by -datacenter, the primary one first, or another -dir`,
  );
}

function refusal(error: unknown): unknown {
  if (error instanceof BusExistsError) {
    const what = error.paths.map((path) => `${path} already exists.`).join("\n");
    return new CommandError(
      `${what}\nGive -update to keep the keys and write the rest anew, -force to make new keys, or another -dir`,
    );
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new CommandError(`Error writing the bus: ${message}`, 1, { cause: error });
}

function told({ path, purpose, secret, kept }: BusFile) {
  return { Path: path, Purpose: purpose, Secret: secret, Kept: kept };
}

function tableOf(files: readonly BusFile[]): string {
  const rows = files.map(({ path, purpose, secret, kept }) => [
    path,
    secret ? "secret" : "",
    kept ? "kept" : "",
    purpose,
  ]);
  return formatTable([["File", "", "", "Purpose"], ...rows]);
}

function nextSteps(folder: string, [first = ""]: readonly string[]): string {
  return [
    "Next:",
    `  1. Start NATS in each datacenter:     nats-server --config ${folder}/${first}/nats.conf`,
    "  2. Tell each service where it is, and who it is:",
    "       CAUSEWAY_NATS_URL=nats://<host>:4222",
    `       CAUSEWAY_NATS_CA_FILE=${folder}/${first}/ca.pem`,
    `       CAUSEWAY_NATS_NKEY_FILE=${folder}/${first}/<service>.nk`,
    "     Give a service its own seed, and no other. `causeway agent` finds all by CAUSEWAY_NATS_DIR=<this folder>/<datacenter>.",
    `  3. Keep ${folder}/ca-key.pem and the operator.nk elsewhere: no process needs them.`,
    "Who may do what, and what a lost key gives away: docs/security.md",
  ].join("\n");
}
