import { join, resolve } from "node:path";
import { CommandError } from "../errors.ts";
import { type AclFlags, type AclOptions, aclOptions } from "./acl.ts";
import { type BusAccess, ownBus } from "./bus-access.ts";

/** The flags of `causeway dev` as they were given. */
export type DevFlags = AclFlags & {
  readonly check?: boolean;
  readonly empty?: boolean;
  readonly httpPort: string;
  readonly dataDir?: string;
  readonly node?: string;
  readonly datacenter?: readonly string[];
};

/** What `causeway dev` was asked to bring up. */
export type DevOptions = {
  readonly mode: "demo" | "check" | "empty";
  /** The first is the primary one. */
  readonly datacenters: readonly [string, ...string[]];
  /** Port of the first datacenter's agent; 0 lets the system choose. */
  readonly httpPort: number;
  /** Where state and logs are. */
  readonly folder: string;
  /** Whether the folder outlives this run. */
  readonly keep: boolean;
  readonly node: string | undefined;
  /** Undefined where ACLs are off. */
  readonly acl: AclOptions | undefined;
  /** The operator's own NATS, for the one datacenter that there is then; without it each has a server of its own. */
  readonly bus: BusAccess | undefined;
};

const MAX_PORT = 65_535;

/** What a service takes as its datacenter. */
const LEGAL_DATACENTER = /^[a-z0-9_-]+$/;

/** Reads what was asked; throws a CommandError for what cannot be. */
export function devOptions(flags: DevFlags, env: NodeJS.ProcessEnv): DevOptions {
  const httpPort = Number(flags.httpPort);
  if (!Number.isInteger(httpPort) || httpPort < 0 || httpPort > MAX_PORT) {
    throw new CommandError(`--http-port must be a number from 0 to ${MAX_PORT}, not "${flags.httpPort}"`);
  }
  if (flags.check === true && flags.empty === true)
    throw new CommandError("--check checks the demo, which --empty leaves out");
  const mode = flags.empty === true ? "empty" : flags.check === true ? "check" : "demo";
  const bus = ownBus(env);
  return {
    mode,
    datacenters: datacentersOf(flags.datacenter ?? [], mode, bus),
    httpPort,
    folder: resolve(flags.dataDir ?? join(".causeway", "dev", String(process.pid))),
    keep: flags.dataDir !== undefined,
    node: flags.node,
    acl: aclOptions(flags, mode === "empty" ? "allow" : "deny"),
    bus,
  };
}

function datacentersOf(
  given: readonly string[],
  mode: DevOptions["mode"],
  bus: BusAccess | undefined,
): DevOptions["datacenters"] {
  for (const [at, name] of given.entries()) {
    if (!LEGAL_DATACENTER.test(name)) {
      throw new CommandError(
        `--dc "${name}" is no name of a datacenter: use lower case letters, digits, "-" and "_", such as dc1`,
      );
    }
    if (given.indexOf(name) !== at) throw new CommandError(`--dc ${name} is given twice: name each datacenter once`);
  }
  const [first, ...others] = given;
  if (bus !== undefined && others.length > 0) {
    throw new CommandError(
      `CAUSEWAY_NATS_URL names one NATS, but each of ${given.join(", ")} needs its own: unset it, or give one --dc`,
    );
  }
  if (first !== undefined) return [first, ...others];
  return mode === "empty" || bus !== undefined ? ["dc1"] : ["dc1", "dc2"];
}
