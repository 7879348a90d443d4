import { isIP } from "node:net";
import { join, resolve } from "node:path";
import type { BusDatacenter, BusSetup } from "@causeway/bus/setup";
import { CommandError } from "../errors.ts";

/** The flags of `bus init` that say what the datacenters are like. */
export type BusPlanFlags = {
  readonly dir: string;
  readonly datacenter?: readonly string[];
  readonly host?: readonly string[];
  readonly serverDir?: string;
  readonly storeDir?: string;
  readonly listen: string;
  readonly leafListen: string;
  readonly leafAddress?: string;
  readonly monitor?: string;
  readonly clusterRoute?: readonly string[];
};

/** What a service takes as its datacenter. */
const LEGAL_DATACENTER = /^[a-z0-9_-]+$/;

/** A host name, perhaps of all below one. */
const LEGAL_HOST = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.*-]+):\d{1,5}$/;

const CLUSTER_PORT = 6222;
const LEAF_PORT = 7422;

/** Says what each datacenter's NATS is to be like, the primary one first. Throws a CommandError for what cannot be. */
export function busPlan(flags: BusPlanFlags): BusSetup["datacenters"] {
  const [first = "dc1", ...others] = flags.datacenter ?? [];
  const names = [first, ...others];
  for (const [at, name] of names.entries()) {
    if (!LEGAL_DATACENTER.test(name)) {
      throw new CommandError(
        `-datacenter "${name}" is no name of a datacenter: use lower case letters, digits, "-" and "_", such as dc1`,
      );
    }
    if (names.indexOf(name) !== at) throw new CommandError(`-datacenter ${name} is given twice: name each once`);
  }
  const hosts = perDatacenter("-host", flags.host, names);
  for (const host of [...hosts.values()].flat()) {
    if (isIP(host) === 0 && !LEGAL_HOST.test(host)) {
      throw new CommandError(`-host "${host}" is neither a name nor an address: give it without a port`);
    }
  }
  const routes = perDatacenter("-cluster-route", flags.clusterRoute, names);
  const addresses = [flags.listen, flags.leafListen, flags.leafAddress, flags.monitor, ...[...routes.values()].flat()];
  for (const address of addresses) {
    if (address !== undefined && !ADDRESS.test(address)) {
      throw new CommandError(`"${address}" is no <address>:<port>, such as 0.0.0.0:4222`);
    }
  }
  const leafAddress = flags.leafAddress ?? `nats-${first}:${LEAF_PORT}`;
  const planned = (datacenter: string): BusDatacenter => ({
    datacenter,
    hosts: [...new Set(["localhost", "127.0.0.1", "nats", `nats-${datacenter}`, ...(hosts.get(datacenter) ?? [])])],
    listen: flags.listen,
    monitor: flags.monitor,
    ...foldersOf(flags, datacenter),
    ...(datacenter === first ? accepting(flags, others.length > 0) : { joins: `nats-leaf://${leafAddress}` }),
    ...clusterOf(routes.get(datacenter) ?? []),
  });
  return [planned(first), ...others.map(planned)];
}

function foldersOf(
  { dir, serverDir = join(resolve(dir), "#DC#"), storeDir = `${serverDir}/jetstream` }: BusPlanFlags,
  datacenter: string,
) {
  const of = (folder: string) => folder.replaceAll("#DC#", datacenter);
  return { folder: of(serverDir), storeDir: of(storeDir) };
}

/** The primary's servers take in others, and tell those who join of no address but the one that they were told. */
function accepting({ leafListen: listen, leafAddress: advertise }: BusPlanFlags, joined: boolean) {
  return joined ? { accepts: { listen, advertise } } : {};
}

function clusterOf(routes: readonly string[]): Pick<BusDatacenter, "cluster"> {
  if (routes.length === 0) return {};
  return { cluster: { listen: `0.0.0.0:${CLUSTER_PORT}`, routes: routes.map((route) => `nats-route://${route}`) } };
}

/** Reads "value" of all and "datacenter=value" of one. */
function perDatacenter(
  flag: string,
  given: readonly string[] = [],
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const of = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const text of given) {
    const at = text.indexOf("=");
    const value = text.slice(at + 1);
    const whose = at === -1 ? names : [text.slice(0, at)];
    for (const name of whose) {
      const values = of.get(name);
      if (values === undefined) {
        throw new CommandError(
          `${flag} ${text}: "${name}" is none of the datacenters that are made: ${names.join(", ")}`,
        );
      }
      values.push(value);
    }
  }
  return of;
}
