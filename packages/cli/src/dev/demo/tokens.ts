import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Privileges } from "./privileges.ts";

/** A token by whose secret commands and proxies ask. */
export type Token = {
  readonly holder: string;
  /** File of the secret, which only its owner may read. */
  readonly path: string;
};

/** Whoever runs `causeway` commands without showing what they print. */
export type Quiet = { quietly(...args: readonly string[]): Promise<string> };

/** Where somebody's files are, and in which datacenter they work. */
type Home = { readonly datacenter: string; readonly folder: string };

const OWNER_ONLY = 0o600;

/**
 * The management token of the demo: the one that was there from the start, one that an earlier start in this folder has made, or else the
 * first one. Throws a CommandError when the first one was given out before.
 */
export async function managementToken(anyone: Quiet, { folder }: Home, initial: string | undefined): Promise<Token> {
  const path = join(folder, "management.token");
  if (initial !== undefined) await writeSecret(path, initial);
  else if (!existsSync(path))
    await writeSecret(path, secretIn(await anyone.quietly("acl", "bootstrap", "-format=json")));
  return { holder: "management", path };
}

/** Makes tokens as an operator would, by commands, and keeps their secrets in files. */
export class Tokens {
  readonly #manager: Quiet;
  /** Names of policies from an earlier start. */
  readonly #policies: ReadonlySet<string>;

  private constructor(manager: Quiet, policies: ReadonlySet<string>) {
    this.#manager = manager;
    this.#policies = policies;
  }

  /** Looks which policies there are, as whoever holds a management token. */
  static async open(manager: Quiet): Promise<Tokens> {
    const listed = JSON.parse(await manager.quietly("acl", "policy", "list", "-format=json")) as { Name: string }[];
    return new Tokens(manager, new Set(listed.map(({ Name }) => Name)));
  }

  /** A token that has these privileges in all datacenters, and nothing more; the one of an earlier start if there is one. */
  async tokenOf({ holder, rules, identity }: Privileges, { datacenter, folder }: Home): Promise<Token> {
    const name = `${datacenter}-${holder}`;
    const [path, policyFile] = [join(folder, `${holder}.token`), join(folder, `${holder}.policy.hcl`)];
    await writeFile(policyFile, rules);
    const verb = this.#policies.has(name) ? "update" : "create";
    await this.#manager.quietly("acl", "policy", verb, "-name", name, "-rules", `@${policyFile}`);
    if (!existsSync(path)) {
      const grants = ["-policy-name", name, ...(identity === undefined ? [] : ["-service-identity", identity])];
      const args = ["-description", name, ...grants, "-format=json"];
      await writeSecret(path, secretIn(await this.#manager.quietly("acl", "token", "create", ...args)));
    }
    return { holder, path };
  }
}

function secretIn(printed: string): string {
  return (JSON.parse(printed) as { readonly SecretID: string }).SecretID;
}

async function writeSecret(path: string, secret: string): Promise<void> {
  await writeFile(path, secret, { mode: OWNER_ONLY });
}
