import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BUS_ROLES, OPERATOR } from "@causeway/model";
import { createUser } from "@nats-io/nkeys";
import { userKeyOf } from "../user-key.ts";
import { busAuthority, type Keyed, serverCertificate, type Validity } from "./certificates.ts";
import { type NatsServers, natsConfig } from "./nats-config.ts";
import { natsUsers } from "./nats-users.ts";

/** What is to be made for one datacenter. */
export type BusDatacenter = Omit<NatsServers, "folder"> & {
  /** Names and addresses by which its servers are reached. */
  readonly hosts: readonly string[];
  /** Where its servers find their files, if not where they are made. */
  readonly folder?: string | undefined;
};

/** What is to be made, and how. */
export type BusSetup = Validity & {
  readonly folder: string;
  /** The first is the primary one. */
  readonly datacenters: readonly [BusDatacenter, ...BusDatacenter[]];
  /**
   * What becomes of what is there: `refuse` leaves all as it is and throws, `update` keeps keys and writes configuration and certificates
   * anew, `replace` makes new keys, so that no process is let in before it has them.
   */
  readonly existing: "refuse" | "update" | "replace";
};

/** A file that was made or kept: its path, what it is for, and whether nobody else may read it. */
export type BusFile = {
  readonly path: string;
  readonly purpose: string;
  readonly secret: boolean;
  readonly kept: boolean;
};

/** Thrown when there is something already that was not to be touched. */
export class BusExistsError extends Error {
  override readonly name = "BusExistsError";
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    super(`${paths.join(", ")} exist`);
    this.paths = paths;
  }
}

/** Everybody that has a seed of its own. */
const SEEDED = [...Object.keys(BUS_ROLES), OPERATOR];

/**
 * Makes all that a secured bus is made of, below one folder: the CA, and for each datacenter a folder with the servers' configuration and
 * certificate, and one seed for each role. Gives the files. Private ones can be read by their owner only.
 *
 * @throws BusExistsError when existing files are not to be touched.
 */
export async function initBus(setup: BusSetup): Promise<readonly BusFile[]> {
  const folder = resolve(setup.folder);
  const making = new Making(setup.existing !== "replace");
  if (setup.existing === "refuse") await refuseExisting(setup, folder);
  const authority = await making.pair(join(folder, "ca"), "the CA of the bus: signs NATS servers", () =>
    busAuthority({ ...setup, ttlMs: Math.max(setup.ttlMs, CA_TTL_MS) }),
  );
  for (const datacenter of setup.datacenters) await makeDatacenter(making, setup, folder, datacenter, authority);
  return making.files;
}

const CA_TTL_MS = 10 * 365 * 86_400_000;

async function makeDatacenter(
  making: Making,
  { datacenters, ...validity }: BusSetup,
  folder: string,
  made: BusDatacenter,
  authority: Keyed,
): Promise<void> {
  const { datacenter, hosts } = made;
  const [{ datacenter: primaryDatacenter }, ...others] = datacenters;
  const own = join(folder, datacenter);
  const keys: Record<string, string> = {};
  for (const role of SEEDED) {
    const seed = await making.kept(join(own, `${role}.nk`), seedOf(role), () => seedText(createUser().getSeed()));
    keys[role] = userKeyOf(seed).publicKey;
  }
  const { certificate, key } = await serverCertificate(datacenter, hosts, authority, validity);
  await making.write(join(own, "ca.pem"), "what clients check the servers by", authority.certificate);
  await making.write(join(own, "server.pem"), "the servers' certificate", certificate);
  await making.write(join(own, "server-key.pem"), "its private key", key, "secret");
  const leaves = datacenter === primaryDatacenter ? others.map((other) => other.datacenter) : [];
  const users = natsUsers({ datacenter, primaryDatacenter }, keys, keys[OPERATOR] ?? "", leaves);
  await making.write(join(own, "users.conf"), "users and what each may do; public keys only", users);
  const servers = { ...made, folder: made.folder ?? own };
  await making.write(join(own, "nats.conf"), "the servers' configuration", natsConfig(servers));
}

function seedOf(role: string): string {
  return role === OPERATOR ? "seed of operators, who may do everything" : `seed of ${role}`;
}

const seedText = (seed: Uint8Array) => `${Buffer.from(seed).toString("latin1")}\n`;

async function refuseExisting({ datacenters }: BusSetup, folder: string): Promise<void> {
  const paths = [
    join(folder, "ca-key.pem"),
    ...datacenters.map(({ datacenter }) => join(folder, datacenter, "nats.conf")),
  ];
  const there = await Promise.all(paths.map(async (path) => ((await textOf(path)) === undefined ? [] : [path])));
  if (there.flat().length > 0) throw new BusExistsError(there.flat());
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes files and remembers which; what is to be kept and is there stays as it is. */
class Making {
  readonly files: BusFile[] = [];
  readonly #keep: boolean;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  async write(path: string, purpose: string, content: string, secrecy?: "secret"): Promise<void> {
    const secret = secrecy === "secret";
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, content, { mode: secret ? 0o600 : 0o644 });
    this.files.push({ path, purpose, secret, kept: false });
  }

  /** A secret that outlives an update. */
  async kept(path: string, purpose: string, make: () => string): Promise<string> {
    const there = this.#keep ? await textOf(path) : undefined;
    const content = there ?? make();
    if (there === undefined) await this.write(path, purpose, content, "secret");
    else this.files.push({ path, purpose, secret: true, kept: true });
    return content;
  }

  /** A certificate and its key that outlive an update. */
  async pair(path: string, purpose: string, make: () => Promise<Keyed>): Promise<Keyed> {
    const [certificate, key] = this.#keep ? await Promise.all([textOf(`${path}.pem`), textOf(`${path}-key.pem`)]) : [];
    if (certificate !== undefined && key !== undefined) {
      this.files.push({ path: `${path}.pem`, purpose, secret: false, kept: true });
      this.files.push({ path: `${path}-key.pem`, purpose: "its private key", secret: true, kept: true });
      return { certificate, key };
    }
    const made = await make();
    await this.write(`${path}.pem`, purpose, made.certificate);
    await this.write(
      `${path}-key.pem`,
      "its private key: needed for further servers only, keep it elsewhere",
      made.key,
      "secret",
    );
    return made;
  }
}
