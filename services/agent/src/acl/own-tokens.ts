import { readFile } from "node:fs/promises";
import { type Logger, writePrivateFile } from "@causeway/runtime";

/** The tokens that an agent is given for itself, by Consul's names. */
export type OwnTokenName = "default" | "agent" | "agent_master" | "replication";

/** Secrets, by what they are for. */
export type OwnSecrets = Readonly<Partial<Record<OwnTokenName, string>>>;

/** Where tokens are read from, and kept. */
export type OwnTokensOptions = {
  readonly configured: OwnSecrets;
  /** File of those that are set while the agent runs, which only its owner can read; undefined where they end with the agent. */
  readonly path: string | undefined;
  readonly log: Pick<Logger, "warn">;
};

/**
 * The tokens of an agent: `default` is that of requests and registrations that show none, `agent` that by which it tells of its own node.
 *
 * @see https://developer.hashicorp.com/consul/docs/security/acl/tokens
 */
export class OwnTokens {
  readonly #secrets: Partial<Record<OwnTokenName, string>>;
  /** Those that have been set, now or before the agent was started. */
  readonly #set: Partial<Record<OwnTokenName, string>>;
  readonly #path: string | undefined;
  readonly #listeners = new Set<() => void>();
  #writing: Promise<void> = Promise.resolve();

  constructor(configured: OwnSecrets, kept: OwnSecrets = {}, path?: string) {
    this.#secrets = { ...configured, ...kept };
    this.#set = { ...kept };
    this.#path = path;
  }

  /** Those of the configuration, and in the place of these those that were kept. Throws an Error that names a file it cannot read. */
  static async open({ configured, path, log }: OwnTokensOptions): Promise<OwnTokens> {
    const kept = path === undefined ? {} : await readKept(path);
    for (const name of Object.keys(kept) as OwnTokenName[]) {
      if (configured[name]) {
        log.warn(
          { token: name },
          "token present in both the configuration and persisted token store, using the persisted token",
        );
      }
    }
    return new OwnTokens(configured, kept, path);
  }

  /** Of requests that show none; "" is the anonymous one's. */
  get default(): string {
    return this.#secrets.default ?? "";
  }

  /** Of what the agent says of its own node. */
  get agent(): string {
    return this.#secrets.agent || this.default;
  }

  /** Sets one in the place of the one before, "" for none. Resolves when it would survive the agent, where it is to. */
  async set(name: OwnTokenName, secret: string): Promise<void> {
    this.#secrets[name] = secret;
    this.#set[name] = secret;
    for (const listener of [...this.#listeners]) listener();
    const path = this.#path;
    if (path === undefined) return;
    this.#writing = this.#writing.catch(() => undefined).then(() => writePrivateFile(path, JSON.stringify(this.#set)));
    await this.#writing;
  }

  /** Calls `listener` after each that is set, until the function that comes back is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

async function readKept(path: string): Promise<OwnSecrets> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    return JSON.parse(text) as OwnSecrets;
  } catch {
    // What was found in it is not told: it is secret.
    throw new Error(`cannot read the tokens kept in ${path}: mend the file or move it away`);
  }
}
