import { randomUUID } from "node:crypto";
import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PkiError } from "./errors.ts";
import { createSealKey, SEAL_KEY_BYTES, type SealKey, sealKeyOf } from "./seal.ts";

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const GROUP_AND_WORLD = 0o077;
const GROUP_MAY_READ = 0o040;
const ROOT = 0;

/**
 * The seal key that the file at `path` holds; makes a new one, readable by its owner alone, where there is no such file. Of several
 * processes that start at once, all get the same key.
 *
 * @throws PkiError SEAL_KEY_EXPOSED when others may read the file (`isExposed`), BAD_SEAL_KEY when it holds something else.
 */
export async function loadOrCreateSealKey(path: string): Promise<SealKey> {
  return (await loadSealKey(path)) ?? (await create(path));
}

/** The seal key that the file at `path` holds, or undefined where there is none. Throws a PkiError as `loadOrCreateSealKey` does. */
export async function loadSealKey(path: string): Promise<SealKey | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    // Asked of the open file, so that it cannot be exchanged in between.
    const { mode, uid } = await file.stat();
    if (isExposed({ mode, owner: uid, reader: process.getuid?.() }))
      throw new PkiError({ code: "SEAL_KEY_EXPOSED", path, mode: mode & 0o777 });
    return parse(await file.readFile("utf8"), path);
  } finally {
    await file.close();
  }
}

/** A file's mode and owner, and the user of the process that reads it. */
type Access = { readonly mode: number; readonly owner: number; readonly reader: number | undefined };

/**
 * Whether others than its owner may read a file. One that root gave to a group so that this process can read it, as Kubernetes does with
 * Secrets, is not exposed: PostgreSQL holds it the same way.
 */
export function isExposed({ mode, owner, reader }: Access): boolean {
  const lent = owner === ROOT && reader !== ROOT ? GROUP_MAY_READ : 0;
  return (mode & GROUP_AND_WORLD & ~lent) !== 0;
}

function parse(text: string, path: string): SealKey {
  const bytes = Buffer.from(text.trim(), "base64");
  if (bytes.length !== SEAL_KEY_BYTES) {
    const reason = `it decodes to ${bytes.length} bytes of base64, not ${SEAL_KEY_BYTES}`;
    throw new PkiError({ code: "BAD_SEAL_KEY", path, reason });
  }
  return sealKeyOf(bytes);
}

/** The key is written whole under another name and then linked, which only the first of several can do. */
async function create(path: string): Promise<SealKey> {
  const key = createSealKey();
  const draft = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  try {
    await writeThrough(draft, `${Buffer.from(key.bytes).toString("base64")}\n`);
    await link(draft, path);
    await syncFolder(dirname(path));
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return loadOrCreateSealKey(path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** What was sealed with a key that did not reach the disk is lost. */
async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Its name is lost with the power otherwise, though its content is there. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
