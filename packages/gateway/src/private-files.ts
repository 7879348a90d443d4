import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writePrivateFile } from "@causeway/runtime";

const OWNER_ONLY_FOLDER = 0o700;

/** Longer names are not legal on every file system. */
const MAX_NAME_CHARACTERS = 180;

/** A folder of files that only their owner can read, each replaced as a whole or not at all. */
export class PrivateFiles {
  readonly #folder: string;
  readonly #suffix: string;

  private constructor(folder: string, suffix: string) {
    this.#folder = folder;
    this.#suffix = suffix;
  }

  /** Opens the folder, making it when it is not there. Files in it end with `suffix`. */
  static async open(folder: string, suffix: string): Promise<PrivateFiles> {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    return new PrivateFiles(folder, suffix);
  }

  /** The content of every file. */
  async readAll(): Promise<readonly string[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(this.#suffix));
    return Promise.all(names.map((name) => readFile(join(this.#folder, name), "utf8")));
  }

  /** Replaces the content of the file called `name`; a power cut leaves the old or the new one. */
  async write(name: string, content: string): Promise<void> {
    await writePrivateFile(this.#path(name), content);
  }

  /** Removes the file called `name`, if it is there. */
  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  #path(name: string): string {
    const plain = name.replaceAll(/[^A-Za-z0-9._=-]/g, "+");
    const legal = plain.length <= MAX_NAME_CHARACTERS ? plain : createHash("sha256").update(name).digest("hex");
    return join(this.#folder, legal + this.#suffix);
  }
}
