import { readdir, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PkiError } from "./errors.ts";
import { type SealKey, seal, sealedWith, unseal } from "./seal.ts";
import { loadOrCreateSealKey, loadSealKey } from "./seal-key-file.ts";

/** A key, and the number that its file's name ends in: none is the first. */
type Numbered = { readonly number: number; readonly path: string; readonly key: SealKey };

/**
 * The seal keys that lie side by side: `ca-seal.key`, then `ca-seal.key.2`, `ca-seal.key.3` …: the last one seals, and each opens what was
 * sealed with it. Several processes may share the files: none is ever written over, so that a key which something was sealed with is
 * there until it is forgotten.
 */
export class SealKeyRing {
  readonly #path: string;
  /** By number, the last one last; never empty. */
  #keys: readonly Numbered[];

  private constructor(path: string, keys: readonly Numbered[]) {
    this.#path = path;
    this.#keys = keys;
  }

  /** The keys at `path`, or undefined where there is none. Throws a PkiError as `loadOrCreateSealKey` does. */
  static async load(path: string): Promise<SealKeyRing | undefined> {
    const keys = await readKeys(path);
    return keys.length === 0 ? undefined : new SealKeyRing(path, keys);
  }

  /** The keys at `path`; a first one is made where there is none. Throws a PkiError as `loadOrCreateSealKey` does. */
  static async loadOrCreate(path: string): Promise<SealKeyRing> {
    const present = await SealKeyRing.load(path);
    if (present !== undefined) return present;
    return new SealKeyRing(path, [{ number: 1, path, key: await loadOrCreateSealKey(path) }]);
  }

  /** The key that seals, of those that were read last. */
  get newest(): SealKey {
    return this.#last.key;
  }

  /** The ids of the keys that only open, of those that were read last. */
  get olderIds(): readonly string[] {
    return this.#keys.slice(0, -1).map(({ key }) => key.id);
  }

  /** Seals with the newest key that there is now, so that one which another process has added counts at once. As `seal` otherwise. */
  async seal(plaintext: string, purpose: string): Promise<string> {
    await this.#readAgain();
    return seal(plaintext, this.newest, purpose);
  }

  /** Opens what any of the keys has sealed, one that has been added since included. Throws a PkiError as `unseal` does. */
  async unseal(sealed: string, purpose: string): Promise<string> {
    const id = sealedWith(sealed);
    const find = () => this.#keys.find(({ key }) => key.id === id)?.key;
    if (find() === undefined) await this.#readAgain();
    return unseal(sealed, find() ?? this.newest, purpose);
  }

  /** The same sealed with the newest key, or undefined where it is already. Throws a PkiError as `unseal` does. */
  async reseal(sealed: string, purpose: string): Promise<string | undefined> {
    await this.#readAgain();
    if (sealedWith(sealed) === this.newest.id) return undefined;
    return seal(await this.unseal(sealed, purpose), this.newest, purpose);
  }

  /** Makes a key that seals from now on. Of several processes that do so at once, all get the same one. */
  async add(): Promise<void> {
    await this.#readAgain();
    const number = this.#last.number + 1;
    const path = `${this.#path}.${number}`;
    this.#keys = [...this.#keys, { number, path, key: await loadOrCreateSealKey(path) }];
  }

  /** Removes all keys but the newest; gives the ids of those. What they have sealed can be opened by a copy only. */
  async forgetOlder(): Promise<readonly string[]> {
    await this.#readAgain();
    const forgotten = this.olderIds;
    for (const { path } of this.#keys.slice(0, -1)) await rm(path, { force: true });
    this.#keys = [this.#last];
    return forgotten;
  }

  get #last(): Numbered {
    const last = this.#keys.at(-1);
    if (last === undefined) throw new PkiError({ code: "UNSEAL_FAILED", reason: `there is no key at ${this.#path}` });
    return last;
  }

  /** A process that has its keys goes on with them where the files have gone. */
  async #readAgain(): Promise<void> {
    const keys = await readKeys(this.#path);
    if (keys.length > 0) this.#keys = keys;
  }
}

async function readKeys(path: string): Promise<readonly Numbered[]> {
  const keys: Numbered[] = [];
  for (const name of await namesIn(dirname(path))) {
    const number = numberOf(name, basename(path));
    if (number === undefined) continue;
    const own = number === 1 ? path : `${path}.${number}`;
    // One that is being forgotten at this moment is not there any more.
    const key = await loadSealKey(own);
    if (key !== undefined) keys.push({ number, path: own, key });
  }
  return keys.sort((one, other) => one.number - other.number);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Of a file's name, where it is one of a key's: drafts, and what an editor leaves behind, are not. */
function numberOf(name: string, first: string): number | undefined {
  if (name === first) return 1;
  if (!name.startsWith(`${first}.`)) return undefined;
  const number = name.slice(first.length + 1);
  return /^[1-9]\d{0,8}$/.test(number) && number !== "1" ? Number(number) : undefined;
}
